// SPDX-License-Identifier: Apache-2.0

extension WrongSource {
  /// What is wrong with included files, macros and conditions.
  static let files: [WrongSource] = [
    WrongSource(
      "a macro is not defined",
      #"""
      /dts-v1/;
      #define GIC_SPI 0
      / {
      	interrupts = <GIC_SPY 33 4>;
      };
      """#,
      says: #"""
        t.dts:4:16: error: expected a number, a reference or '>', found 'GIC_SPY' [dts-syntax]
            4 | 	interrupts = <GIC_SPY 33 4>;
              | 	              ^~~~~~~
          hint: no macro of that name is defined: did you mean 'GIC_SPI'?
        """#),
    WrongSource(
      "a function-like macro is given too little",
      #"""
      /dts-v1/;
      #define PIN(bank, number) (bank * 32 + number)
      / {
      	pin = <PIN(1)>;
      };
      """#,
      says: #"""
        t.dts:4:11: error: macro 'PIN' takes 2 arguments and is given 1 [dts-preprocessor]
            4 | 	pin = <PIN(1)>;
              | 	         ^
        t.dts:2:9: note: defined here
            2 | #define PIN(bank, number) (bank * 32 + number)
              |         ^~~
        t.dts:4:9: error: expected a number, a reference or '>', found 'PIN' [dts-syntax]
            4 | 	pin = <PIN(1)>;
              | 	       ^~~~~~
        t.dts:2:9: note: from the macro 'PIN', which is defined here
            2 | #define PIN(bank, number) (bank * 32 + number)
              |         ^~~
          hint: the macro of that name takes arguments, in parentheses
        """#),
    WrongSource(
      "an error stands in a macro",
      #"""
      /dts-v1/;
      #define REG <0x100000000
      / {
      	reg = REG>;
      };
      """#,
      says: #"""
        t.dts:4:8: error: 0x100000000 does not fit in 32 bits [dts-number-range]
            4 | 	reg = REG>;
              | 	      ^~~
        t.dts:2:9: note: from the macro 'REG', which is defined here
            2 | #define REG <0x100000000
              |         ^~~
        """#),
    WrongSource(
      "an included file is not there",
      #"""
      /dts-v1/;
      #include "board.h"
      / { };
      """#,
      says: #"""
        t.dts:2:1: error: there is no file 'board.h' [dts-file]
            2 | #include "board.h"
              | ^~~~~~~~~~~~~~~~~~
        """#),
    WrongSource(
      "a file includes itself",
      #"""
      /dts-v1/;
      #include "a.h"
      / { };
      """#,
      files: ["a.h": #"#include "b.h"\#n"#, "b.h": #"\#n#include "a.h"\#n"#],
      says: #"""
        a.h:1:1: error: files are included at most 64 deep [dts-limit]
            1 | #include "b.h"
              | ^~~~~~~~~~~~~~
        b.h:2:1: note: included from here
            2 | #include "a.h"
              | ^~~~~~~~~~~~~~
        a.h:1:1: note: included from here
            1 | #include "b.h"
              | ^~~~~~~~~~~~~~
        t.dts:2:1: note: included from here
            2 | #include "a.h"
              | ^~~~~~~~~~~~~~
          hint: 'a.h' includes itself by way of 'b.h'
        """#),
    WrongSource(
      "an included source includes itself",
      #"""
      /dts-v1/;
      /include/ "a.dtsi"
      """#,
      files: ["a.dtsi": #"/include/ "a.dtsi"\#n"#],
      says: #"""
        a.dtsi:1:1: error: files are included at most 64 deep [dts-limit]
            1 | /include/ "a.dtsi"
              | ^~~~~~~~~~~~~~~~~~
        a.dtsi:1:1: note: included from here
            1 | /include/ "a.dtsi"
              | ^~~~~~~~~~~~~~~~~~
        t.dts:2:1: note: included from here
            2 | /include/ "a.dtsi"
              | ^~~~~~~~~~~~~~~~~~
          hint: does a file include itself?
        """#),
    WrongSource(
      "a macro is used without its arguments",
      #"""
      /dts-v1/;
      #define PIN(bank, number) (bank * 32 + number)
      / {
      	pin = <PIN>;
      };
      """#,
      says: #"""
        t.dts:4:9: error: expected a number, a reference or '>', found 'PIN' [dts-syntax]
            4 | 	pin = <PIN>;
              | 	       ^~~
          hint: the macro of that name takes arguments, in parentheses
        """#),
    WrongSource(
      "an error stands in an included file",
      #"""
      /dts-v1/;
      /include/ "soc.dtsi"
      / { };
      """#,
      files: ["soc.dtsi": #"/ {\#n\#treg = <0 1;\#n};\#n"#],
      says: #"""
        soc.dtsi:2:8: error: '>' is missing: these cells are not closed [dts-syntax]
            2 | 	reg = <0 1;
              | 	      ^
        t.dts:2:1: note: included from here
            2 | /include/ "soc.dtsi"
              | ^~~~~~~~~~~~~~~~~~~~
        """#),
    WrongSource(
      "a comment is open where a header ends, within a macro's parameters",
      #"""
      /dts-v1/;
      #include "a.h"
      / {
      	a = <PIN(1)>;
      };
      """#,
      files: ["a.h": "#define PIN(bank, /* and a number"],
      says: #"""
        a.h:1:19: error: this comment is not closed by '*/' [dts-syntax]
            1 | #define PIN(bank, /* and a number
              |                   ^~
        t.dts:2:1: note: included from here
            2 | #include "a.h"
              | ^~~~~~~~~~~~~~
        a.h:1:9: error: expected ')' after the parameters of 'PIN' [dts-preprocessor]
            1 | #define PIN(bank, /* and a number
              |         ^~~
        """#),
    WrongSource(
      "a header gives up",
      #"""
      /dts-v1/;
      #include "a.h"
      / { };
      """#,
      files: ["a.h": #"#ifndef BOARD\#n#error BOARD must be defined\#n#endif\#n"#],
      says: #"""
        a.h:2:1: error: #error: BOARD must be defined [dts-preprocessor]
            2 | #error BOARD must be defined
              | ^~~~~~
        t.dts:2:1: note: included from here
            2 | #include "a.h"
              | ^~~~~~~~~~~~~~
        """#),
    WrongSource(
      "a condition is not closed",
      #"""
      /dts-v1/;
      #ifdef BOARD
      / { };
      """#,
      says: #"""
        t.dts:2:1: error: this condition has no '#endif' [dts-preprocessor]
            2 | #ifdef BOARD
              | ^~~~~~
        """#),
    WrongSource(
      "an #else has no #if",
      #"""
      /dts-v1/;
      / { };
      #else
      """#,
      says: #"""
        t.dts:3:1: error: this '#else' belongs to no condition [dts-preprocessor]
            3 | #else
              | ^~~~~
        """#),
    WrongSource(
      "a condition is wrong",
      #"""
      /dts-v1/;
      #if 1 +
      #endif
      / { };
      """#,
      says: #"""
        t.dts:2:1: error: expected a number at the end of the condition [dts-preprocessor]
            2 | #if 1 +
              | ^~~
        """#),
  ]
}

// SPDX-License-Identifier: Apache-2.0

extension WrongSource {
  /// What is wrong with the language itself.
  static let language: [WrongSource] = [
    WrongSource(
      "a semicolon is missing",
      #"""
      /dts-v1/;
      / {
      	model = "a board"
      	compatible = "vendor,board";
      };
      """#,
      says: #"""
        t.dts:3:19: error: expected ';' after the value of 'model', found 'compatible' [dts-syntax]
            3 | 	model = "a board"
              | 	                 ^
        """#),
    WrongSource(
      "a brace is missing",
      #"""
      /dts-v1/;
      / {
      	soc {
      		serial@0 {
      			status = "okay";
      		};
      };
      """#,
      says: #"""
        t.dts:7:3: error: expected '}' to close the root node, found the end of the file [dts-syntax]
            7 | };
              |   ^
        t.dts:2:1: note: opened here
            2 | / {
              | ^
        t.dts:7:1: note: this '}' closes node 'soc', which begins further right: is a '}' missing above it?
            7 | };
              | ^
        """#),
    WrongSource(
      "a label is not defined",
      #"""
      /dts-v1/;
      / {
      	uart0: serial@0 { };
      	chosen { stdout = <&uart1>; };
      };
      """#,
      says: #"""
        t.dts:4:21: error: no node has the label 'uart1' [dts-unknown-label]
            4 | 	chosen { stdout = <&uart1>; };
              | 	                   ^~~~~~
          hint: did you mean '&uart0'?
        """#),
    WrongSource(
      "a label to extend is not defined",
      #"""
      /dts-v1/;
      / {
      	uart: serial@0 { };
      };
      &urat { status = "okay"; };
      """#,
      says: #"""
        t.dts:5:1: error: no node has the label 'urat' up to here [dts-unknown-label]
            5 | &urat { status = "okay"; };
              | ^~~~~
          hint: did you mean '&uart'?
        """#),
    WrongSource(
      "a path is not defined",
      #"""
      /dts-v1/;
      / {
      	clock { };
      	serial@0 { clocks = <&{/clocks}>; };
      };
      """#,
      says: #"""
        t.dts:4:23: error: there is no node at '/clocks' [dts-unknown-path]
            4 | 	serial@0 { clocks = <&{/clocks}>; };
              | 	                     ^~~~~~~~~~
        """#),
    WrongSource(
      "an escape is wrong",
      #"""
      /dts-v1/;
      / {
      	model = "tab\xg";
      };
      """#,
      says: #"""
        t.dts:3:10: error: '\x' must be followed by one or two hexadecimal digits [dts-bad-string]
            3 | 	model = "tab\xg";
              | 	        ^~~~~~~~
        """#),
    WrongSource(
      "a string is not closed",
      #"""
      /dts-v1/;
      / {
      	model = "a board;
      };
      """#,
      says: #"""
        t.dts:3:10: error: this string is not closed [dts-bad-string]
            3 | 	model = "a board;
              | 	        ^~~~~~~~~
          hint: put the closing quote
        """#),
    WrongSource(
      "a string runs into the next",
      #"""
      /dts-v1/;
      / {
      	model = "a board;
      	compatible = "vendor,board";
      };
      """#,
      says: #"""
        t.dts:4:16: error: expected ';' after the value of 'model', found 'vendor' [dts-syntax]
            4 | 	compatible = "vendor,board";
              | 	              ^
          hint: a string that begins on line 3 ends here: is its closing quote missing?
        """#),
    WrongSource(
      "cells are not closed",
      #"""
      /dts-v1/;
      / {
      	reg = <0x0 0x1000;
      	model = "x";
      };
      """#,
      says: #"""
        t.dts:3:8: error: '>' is missing: these cells are not closed [dts-syntax]
            3 | 	reg = <0x0 0x1000;
              | 	      ^
        """#),
    WrongSource(
      "a comment is not closed",
      #"""
      /dts-v1/;
      / {
      	/* never closed
      };
      """#,
      says: #"""
        t.dts:3:2: error: this comment is not closed by '*/' [dts-syntax]
            3 | 	/* never closed
              | 	^~
        """#),
    WrongSource(
      "a number is too large",
      #"""
      /dts-v1/;
      / {
      	reg = <0x100000000>;
      	small = /bits/ 8 <256>;
      };
      """#,
      says: #"""
        t.dts:3:9: error: 0x100000000 does not fit in 32 bits [dts-number-range]
            3 | 	reg = <0x100000000>;
              | 	       ^~~~~~~~~~~
        t.dts:4:20: error: 256 does not fit in 8 bits [dts-number-range]
            4 | 	small = /bits/ 8 <256>;
              | 	                  ^~~
        """#),
    WrongSource(
      "a number is none",
      #"""
      /dts-v1/;
      / {
      	mode = <0788>;
      	size = 16;
      };
      """#,
      says: #"""
        t.dts:3:10: error: '0788' is not a number [dts-bad-number]
            3 | 	mode = <0788>;
              | 	        ^~~~
          hint: a number that starts with 0 is octal and has no digits 8 and 9
        t.dts:4:9: error: expected a value, found the number 16 [dts-syntax]
            4 | 	size = 16;
              | 	       ^~
          hint: numbers stand in '< … >', strings in quotes
        """#),
    WrongSource(
      "a division is by zero",
      #"""
      /dts-v1/;
      / {
      	divider = <(16 / (4 - 4))>;
      };
      """#,
      says: #"""
        t.dts:3:17: error: division by zero [dts-bad-number]
            3 | 	divider = <(16 / (4 - 4))>;
              | 	               ^
        """#),
    WrongSource(
      "a byte has one digit",
      #"""
      /dts-v1/;
      / {
      	local-mac-address = [00 1 22];
      };
      """#,
      says: #"""
        t.dts:3:26: error: '1' is no byte: in '[ … ]' each has two hexadecimal digits [dts-bad-number]
            3 | 	local-mac-address = [00 1 22];
              | 	                        ^
        """#),
    WrongSource(
      "a property follows a node",
      #"""
      /dts-v1/;
      / {
      	soc { };
      	model = "late";
      };
      """#,
      says: #"""
        t.dts:4:2: error: property 'model' stands after a subnode [dts-property-after-node]
            4 | 	model = "late";
              | 	^~~~~~~
          hint: properties come before the first subnode of their node
        """#),
    WrongSource(
      "a property is there twice",
      #"""
      /dts-v1/;
      / {
      	status = "okay";
      	status = "disabled";
      };
      """#,
      says: #"""
        t.dts:4:2: error: property 'status' is there twice in one block [dts-duplicate-property]
            4 | 	status = "disabled";
              | 	^~~~~~~~~~~~~~~~~~~~
        t.dts:3:2: note: the first one
            3 | 	status = "okay";
              | 	^~~~~~~~~~~~~~~~
        """#),
    WrongSource(
      "a node is there twice",
      #"""
      /dts-v1/;
      / {
      	serial@0 { };
      	serial@0 { };
      };
      """#,
      says: #"""
        t.dts:4:2: error: node 'serial@0' is there twice in one block [dts-duplicate-node]
            4 | 	serial@0 { };
              | 	^~~~~~~~
        t.dts:3:2: note: the first one
            3 | 	serial@0 { };
              | 	^~~~~~~~
        """#),
    WrongSource(
      "a label is there twice",
      #"""
      /dts-v1/;
      / {
      	uart: serial@0 { };
      	uart: serial@1 { };
      };
      """#,
      says: #"""
        t.dts:4:2: error: label 'uart' is there twice [dts-duplicate-label]
            4 | 	uart: serial@1 { };
              | 	^~~~~
        t.dts:3:2: note: the first one, of '/serial@0'
            3 | 	uart: serial@0 { };
              | 	^~~~~
        """#),
    WrongSource(
      "a phandle is there twice",
      #"""
      /dts-v1/;
      / {
      	a { phandle = <1>; };
      	b { phandle = <1>; };
      };
      """#,
      says: #"""
        t.dts:4:6: error: phandle 0x1 belongs to '/a' already [dts-phandle]
            4 | 	b { phandle = <1>; };
              | 	    ^~~~~~~~~~~~~~
        t.dts:3:6: note: the first one
            3 | 	a { phandle = <1>; };
              | 	    ^~~~~~~~~~~~~~
        """#),
    WrongSource(
      "a directive is misspelt",
      #"""
      /dts-v1/;
      / {
      	/delete-nod/ soc;
      };
      """#,
      says: #"""
        t.dts:3:2: error: unknown directive '/delete-nod/' [dts-syntax]
            3 | 	/delete-nod/ soc;
              | 	^~~~~~~~~~~~
          hint: did you mean '/delete-node/'?
        """#),
    WrongSource(
      "a deleted node is not there",
      #"""
      /dts-v1/;
      / { serial@0 { }; };
      / {
      	/delete-node/ serial@1;
      };
      """#,
      says: #"""
        t.dts:4:16: warning: there is no node 'serial@1' here to delete [dts-delete-missing]
            4 | 	/delete-node/ serial@1;
              | 	              ^~~~~~~~
          hint: did you mean 'serial@0'?
        """#),
    WrongSource(
      "a node is extended inside of another",
      #"""
      /dts-v1/;
      / {
      	l: soc { };
      	&l { };
      };
      """#,
      says: #"""
        t.dts:4:2: error: expected a property or a node, found '&l' [dts-syntax]
            4 | 	&l { };
              | 	^~
          hint: a node is extended by reference outside of '/ { … };'; is a '};' missing above?
        """#),
    WrongSource(
      "the version is missing",
      #"""
      / { };
      """#,
      says: #"""
        t.dts:1:1: error: the source does not begin with '/dts-v1/;' [dts-version]
            1 | / { };
              | ^
          hint: put '/dts-v1/;' on the first line
        """#),
  ]
}

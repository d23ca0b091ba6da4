// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Testing

/// What is said about wrong sources: the text is the product, so it is compared whole.
@Suite struct MessageTests {
  @Test func aMissingSemicolonIsShownWhereItBelongs() {
    let source = #"""
      / {
      	model = "a board"
      	compatible = "vendor,board";
      };
      """#
    let expected = #"""
      t.dts:3:19: error: expected ';' after the value of 'model', found 'compatible' [dts-syntax]
          3 | 	model = "a board"
            | 	                 ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aMissingBraceIsShownWithTheLikelyPlace() {
    let source = #"""
      / {
      	soc {
      		serial@0 {
      			status = "okay";
      		};
      };
      """#
    let expected = #"""
      t.dts:7:3: error: expected '}' to close the root node, found the end of the file [dts-syntax]
          7 | };
            |   ^
      t.dts:2:1: note: opened here
          2 | / {
            | ^
      t.dts:7:1: note: this '}' closes node 'soc', which begins further right: is a '}' missing above it?
          7 | };
            | ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aRootBlockInsideOfANodeMeansAMissingBrace() {
    let source = #"""
      / {
      	soc {
      		serial@0 { };

      / {
      	model = "x";
      };
      """#
    let expected = #"""
      t.dts:6:1: error: a root block begins here, but '}' is missing for node 'soc' [dts-syntax]
          6 | / {
            | ^
      t.dts:3:2: note: opened here
          3 | 	soc {
            | 	^~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func anUnknownLabelWithItsNeighbour() {
    let source = #"""
      / {
      	uart0: serial@0 { };
      	chosen { stdout = <&uart1>, &uart7; };
      };
      """#
    let expected = #"""
      t.dts:4:21: error: no node has the label 'uart1' [dts-unknown-label]
          4 | 	chosen { stdout = <&uart1>, &uart7; };
            | 	                   ^~~~~~
        hint: did you mean '&uart0'?
      t.dts:4:30: error: no node has the label 'uart7' [dts-unknown-label]
          4 | 	chosen { stdout = <&uart1>, &uart7; };
            | 	                            ^~~~~~
        hint: did you mean '&uart0'?
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func anUnknownPath() {
    let source = #"""
      / { a = <&{/soc/uart}>; };
      &{/nowhere} { };
      """#
    let expected = #"""
      t.dts:3:1: error: no node has been defined at '/nowhere' [dts-unknown-path]
          3 | &{/nowhere} { };
            | ^~~~~~~~~~~
      t.dts:2:10: error: there is no node at '/soc/uart' [dts-unknown-path]
          2 | / { a = <&{/soc/uart}>; };
            |          ^~~~~~~~~~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func anUnknownLabelToExtend() {
    let source = #"""
      / { uart: serial@0 { }; };
      &urat { b: n { }; };
      / { a = <&b>; };
      """#
    let expected = #"""
      t.dts:3:1: error: no node has the label 'urat' up to here [dts-unknown-label]
          3 | &urat { b: n { }; };
            | ^~~~~
        hint: did you mean '&uart'?
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aMacroThatNobodyReplaced() {
    let source = #"""
      / {
      	serial@0 { interrupts = <GIC_SPI 33 IRQ_TYPE_LEVEL_HIGH>, <(1 << BIT)>; };
      };
      """#
    let expected = #"""
      t.dts:3:27: error: expected a number, a reference or '>', found 'GIC_SPI' [dts-syntax]
          3 | 	serial@0 { interrupts = <GIC_SPI 33 IRQ_TYPE_LEVEL_HIGH>, <(1 << BIT)>; };
            | 	                         ^~~~~~~
        hint: macros are replaced by the C preprocessor, which has not been run on the source
      t.dts:3:67: error: expected a number, found 'BIT' [dts-syntax]
          3 | 	serial@0 { interrupts = <GIC_SPI 33 IRQ_TYPE_LEVEL_HIGH>, <(1 << BIT)>; };
            | 	                                                                 ^~~
        hint: macros are replaced by the C preprocessor, which has not been run on the source
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aLineForThePreprocessor() {
    let source = #"""
      #include "board.dtsi"
      #define A \
      	more
      / { };
      """#
    let expected = #"""
      t.dts:2:1: error: this line is for the C preprocessor, which has not been run on the source [dts-preprocessor]
          2 | #include "board.dtsi"
            | ^~~~~~~~
        hint: run `cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp` first, or use `/include/`
      t.dts:3:1: error: this line is for the C preprocessor, which has not been run on the source [dts-preprocessor]
          3 | #define A \
            | ^~~~~~~
        hint: run `cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp` first, or use `/include/`
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n", preprocessing: .off) == expected + "\n")
  }

  @Test func aWrongEscape() {
    let source = #"""
      / { model = "tab\xg"; };
      """#
    let expected = #"""
      t.dts:2:13: error: '\x' must be followed by one or two hexadecimal digits [dts-bad-string]
          2 | / { model = "tab\xg"; };
            |             ^~~~~~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func numbersThatDoNotFit() {
    let source = #"""
      / { reg = <0x100000000>; small = /bits/ 8 <256 (-1) (1 << 8)>; big = /bits/ 64 <0x1ffffffffffffffff>; };
      """#
    let expected = #"""
      t.dts:2:12: error: 0x100000000 does not fit in 32 bits [dts-number-range]
          2 | / { reg = <0x100000000>; small = /bits/ 8 <256 (-1) (1 << 8)>; big = /bits/ 64 <0x1ffffffffffffffff>; };
            |            ^~~~~~~~~~~
      t.dts:2:44: error: 256 does not fit in 8 bits [dts-number-range]
          2 | / { reg = <0x100000000>; small = /bits/ 8 <256 (-1) (1 << 8)>; big = /bits/ 64 <0x1ffffffffffffffff>; };
            |                                            ^~~
      t.dts:2:53: error: this number does not fit in 8 bits [dts-number-range]
          2 | / { reg = <0x100000000>; small = /bits/ 8 <256 (-1) (1 << 8)>; big = /bits/ 64 <0x1ffffffffffffffff>; };
            |                                                     ^~~~~~~~
      t.dts:2:81: error: 0x1ffffffffffffffff does not fit in 64 bits [dts-number-range]
          2 | / { reg = <0x100000000>; small = /bits/ 8 <256 (-1) (1 << 8)>; big = /bits/ 64 <0x1ffffffffffffffff>; };
            |                                                                                 ^~~~~~~~~~~~~~~~~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func textThatIsNoNumber() {
    let source = #"""
      / { a = <09 0x 12ab>; b = 12; };
      """#
    let expected = #"""
      t.dts:2:10: error: '09' is not a number [dts-bad-number]
          2 | / { a = <09 0x 12ab>; b = 12; };
            |          ^~
        hint: a number that starts with 0 is octal and has no digits 8 and 9
      t.dts:2:13: error: '0x' is not a number [dts-bad-number]
          2 | / { a = <09 0x 12ab>; b = 12; };
            |             ^~
      t.dts:2:16: error: '12ab' is not a number [dts-bad-number]
          2 | / { a = <09 0x 12ab>; b = 12; };
            |                ^~~~
      t.dts:2:27: error: expected a value, found the number 12 [dts-syntax]
          2 | / { a = <09 0x 12ab>; b = 12; };
            |                           ^~
        hint: numbers stand in '< … >', strings in quotes
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func negativeNumbersWithoutParentheses() {
    let source = #"""
      / { a = <-1 2>; };
      """#
    let expected = #"""
      t.dts:2:10: error: expected a number, found '-' [dts-syntax]
          2 | / { a = <-1 2>; };
            |          ^
        hint: a negative number stands in parentheses: '(-1)'
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func wrongExpressions() {
    let source = #"""
      / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
      """#
    let expected = #"""
      t.dts:2:13: error: division by zero [dts-bad-number]
          2 | / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
            |             ^
      t.dts:2:30: error: expected a number in this expression, found ')' [dts-syntax]
          2 | / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
            |                              ^
      t.dts:2:42: error: this '?' has no ':' [dts-syntax]
          2 | / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
            |                                          ^
      t.dts:2:57: error: expected an operator or ')', found ':' [dts-syntax]
          2 | / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
            |                                                         ^
      t.dts:2:72: error: expected an operator or ')' in this expression, found the number 2 [dts-syntax]
          2 | / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
            |                                                                        ^
      t.dts:2:85: error: expected a number in this expression, found ';' [dts-syntax]
          2 | / { b = <(1 / 0)>; c = <(1 + )>; d = <(1 ? 2)>; e = <(1 : 2)>; f = <(1 2)>; g = <(1>; };
            |                                                                                     ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aPropertyAfterANode() {
    let source = #"""
      / { soc { }; model = "late"; };
      """#
    let expected = #"""
      t.dts:2:14: error: property 'model' stands after a subnode [dts-property-after-node]
          2 | / { soc { }; model = "late"; };
            |              ^~~~~~~
        hint: properties come before the first subnode of their node
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aDuplicateLabel() {
    let source = #"""
      / {
      	uart: serial@0 { };
      	uart: serial@1 { };
      };
      """#
    let expected = #"""
      t.dts:4:2: error: label 'uart' is there twice [dts-duplicate-label]
          4 | 	uart: serial@1 { };
            | 	^~~~~
      t.dts:3:2: note: the first one, of '/serial@0'
          3 | 	uart: serial@0 { };
            | 	^~~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func duplicateNamesInOneBlock() {
    let source = #"""
      / {
      	status = "okay";
      	status = "disabled";
      	a { };
      	a { };
      };
      """#
    let expected = #"""
      t.dts:4:2: error: property 'status' is there twice in one block [dts-duplicate-property]
          4 | 	status = "disabled";
            | 	^~~~~~~~~~~~~~~~~~~~
      t.dts:3:2: note: the first one
          3 | 	status = "okay";
            | 	^~~~~~~~~~~~~~~~
      t.dts:6:2: error: node 'a' is there twice in one block [dts-duplicate-node]
          6 | 	a { };
            | 	^
      t.dts:5:2: note: the first one
          5 | 	a { };
            | 	^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aStringThatRunsIntoTheNext() {
    let source = #"""
      / {
      	model = "a board;
      	compatible = "vendor,board";
      };
      """#
    let expected = #"""
      t.dts:4:16: error: expected ';' after the value of 'model', found 'vendor' [dts-syntax]
          4 | 	compatible = "vendor,board";
            | 	              ^
        hint: a string that begins on line 3 ends here: is its closing quote missing?
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aStringThatIsNotClosed() {
    let source = #"""
      / {
      	model = "a board;
      };
      """#
    let expected = #"""
      t.dts:3:10: error: this string is not closed [dts-bad-string]
          3 | 	model = "a board;
            | 	        ^~~~~~~~~
        hint: put the closing quote
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func cellsThatAreNotClosed() {
    let source = #"""
      / {
      	reg = <0x0 0x1000;
      	model = "x";
      };
      """#
    let expected = #"""
      t.dts:3:8: error: '>' is missing: these cells are not closed [dts-syntax]
          3 | 	reg = <0x0 0x1000;
            | 	      ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func bytesThatAreNone() {
    let source = #"""
      / { mac = [00 1 22]; x = [0g]; };
      """#
    let expected = #"""
      t.dts:2:15: error: '1' is no byte: in '[ … ]' each has two hexadecimal digits [dts-bad-number]
          2 | / { mac = [00 1 22]; x = [0g]; };
            |               ^
      t.dts:2:27: error: '0g' is no byte: in '[ … ]' each has two hexadecimal digits [dts-bad-number]
          2 | / { mac = [00 1 22]; x = [0g]; };
            |                           ^~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func deletionsThatFindNothing() {
    let source = #"""
      / { model; serial@0 { }; };
      / { /delete-property/ modle; /delete-node/ serial@1; };
      /delete-node/ &uart;
      """#
    let expected = #"""
      t.dts:3:23: warning: there is no property 'modle' here to delete [dts-delete-missing]
          3 | / { /delete-property/ modle; /delete-node/ serial@1; };
            |                       ^~~~~
        hint: did you mean 'model'?
      t.dts:3:44: warning: there is no node 'serial@1' here to delete [dts-delete-missing]
          3 | / { /delete-property/ modle; /delete-node/ serial@1; };
            |                                            ^~~~~~~~
        hint: did you mean 'serial@0'?
      t.dts:4:15: error: no node has the label 'uart' up to here [dts-unknown-label]
          4 | /delete-node/ &uart;
            |               ^~~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func wrongPhandles() {
    let source = #"""
      / {
      	a { phandle = <1>; };
      	b { phandle = <1>; };
      	c { phandle = <0>; };
      	d { phandle = "ab"; };
      	e: e { phandle = <&e>; };
      	f { phandle = <&e>; };
      	g { phandle = <5>; linux,phandle = <6>; };
      };
      """#
    let expected = #"""
      t.dts:4:6: error: phandle 0x1 belongs to '/a' already [dts-phandle]
          4 | 	b { phandle = <1>; };
            | 	    ^~~~~~~~~~~~~~
      t.dts:3:6: note: the first one
          3 | 	a { phandle = <1>; };
            | 	    ^~~~~~~~~~~~~~
      t.dts:5:6: error: 0x0 is no phandle [dts-phandle]
          5 | 	c { phandle = <0>; };
            | 	    ^~~~~~~~~~~~~~
      t.dts:6:6: error: a phandle is one cell, this one has 3 bytes [dts-phandle]
          6 | 	d { phandle = "ab"; };
            | 	    ^~~~~~~~~~~~~~~
      t.dts:8:6: error: a node's phandle refers to another node, '/e' [dts-phandle]
          8 | 	f { phandle = <&e>; };
            | 	    ^~~~~~~~~~~~~~~
      t.dts:9:21: error: 'phandle' and 'linux,phandle' of a node differ [dts-phandle]
          9 | 	g { phandle = <5>; linux,phandle = <6>; };
            | 	                   ^~~~~~~~~~~~~~~~~~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aCommentThatIsNotClosed() {
    let source = #"""
      / { /* never closed
      };
      """#
    let expected = #"""
      t.dts:2:5: error: this comment is not closed by '*/' [dts-syntax]
          2 | / { /* never closed
            |     ^~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func anUnknownDirective() {
    let source = #"""
      / { /delete-nod/ a; };
      """#
    let expected = #"""
      t.dts:2:5: error: unknown directive '/delete-nod/' [dts-syntax]
          2 | / { /delete-nod/ a; };
            |     ^~~~~~~~~~~~
        hint: did you mean '/delete-node/'?
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func referencesAmongElementsOfOtherWidth() {
    let source = #"""
      / { b = /bits/ 16 <&l>; c = /bits/ 12 <1>; l: a { }; };
      """#
    let expected = #"""
      t.dts:2:20: error: a reference stands only among 32-bit elements, these are 16 bits wide [dts-syntax]
          2 | / { b = /bits/ 16 <&l>; c = /bits/ 12 <1>; l: a { }; };
            |                    ^~
      t.dts:2:36: error: elements are 8, 16, 32 or 64 bits wide, not 12 [dts-number-range]
          2 | / { b = /bits/ 16 <&l>; c = /bits/ 12 <1>; l: a { }; };
            |                                    ^~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aPropertyOutsideOfNodes() {
    let source = #"""
      model = "x";
      / { };
      };
      """#
    let expected = #"""
      t.dts:2:1: error: expected '/' or '&label' with a block, found 'model' [dts-syntax]
          2 | model = "x";
            | ^~~~~
        hint: nodes and properties stand inside of '/ { … };'
      t.dts:4:1: error: this '}' closes nothing [dts-syntax]
          4 | };
            | ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func wrongCharacters() {
    let source = #"""
      / { a = <'ab' ''>; b = <'c>; };
      """#
    let expected = #"""
      t.dts:2:10: error: a character literal holds one byte, this one holds 2 [dts-bad-number]
          2 | / { a = <'ab' ''>; b = <'c>; };
            |          ^~~~
      t.dts:2:15: error: a character literal holds one byte, this one holds 0 [dts-bad-number]
          2 | / { a = <'ab' ''>; b = <'c>; };
            |               ^~
      t.dts:2:25: error: this character literal is not closed [dts-bad-string]
          2 | / { a = <'ab' ''>; b = <'c>; };
            |                         ^~
        hint: put the closing quote
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func aPathThatIsNotClosed() {
    let source = #"""
      / { b = &{/x; };
      """#
    let expected = #"""
      t.dts:2:9: error: '}' is missing after the path of this reference [dts-syntax]
          2 | / { b = &{/x; };
            |         ^~~~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func reservationsInTheWrongPlace() {
    let source = #"""
      / { };
      /memreserve/ 1 2;
      /memreserve/ 1;
      """#
    let expected = #"""
      t.dts:3:1: error: '/memreserve/' stands before the first node of a source [dts-syntax]
          3 | /memreserve/ 1 2;
            | ^~~~~~~~~~~~
      t.dts:4:1: error: '/memreserve/' stands before the first node of a source [dts-syntax]
          4 | /memreserve/ 1;
            | ^~~~~~~~~~~~
      t.dts:4:15: error: expected the size to reserve, found ';' [dts-syntax]
          4 | /memreserve/ 1;
            |               ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func columnsCountCharacters() {
    let source = #"""
      / { model = "größe"; x = <1 ü>; };
      """#
    let expected = #"""
      t.dts:2:29: error: expected a number, a reference or '>', found 'ü' [dts-syntax]
          2 | / { model = "größe"; x = <1 ü>; };
            |                             ^~
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func signsInTheWrongPlace() {
    let source = #"""
      / {
      	compatible "a";
      	reg <1>;
      	x = ;
      	y = <1>,;
      	l: };
      };;
      """#
    let expected = #"""
      t.dts:3:13: error: expected '=', ';' or '{' after 'compatible', found the string "a" [dts-syntax]
          3 | 	compatible "a";
            | 	           ^~~
      t.dts:4:6: error: expected '=', ';' or '{' after 'reg', found '<' [dts-syntax]
          4 | 	reg <1>;
            | 	    ^
      t.dts:5:6: error: expected a value, found ';' [dts-syntax]
          5 | 	x = ;
            | 	    ^
      t.dts:6:10: error: expected a value, found ';' [dts-syntax]
          6 | 	y = <1>,;
            | 	        ^
      t.dts:7:2: error: expected a property or a node after this label [dts-syntax]
          7 | 	l: };
            | 	^~
      t.dts:8:1: error: this '}' closes nothing [dts-syntax]
          8 | };;
            | ^
      t.dts:8:3: error: expected '/' or '&label' with a block, found ';' [dts-syntax]
          8 | };;
            |   ^
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test func whatCannotStandInANode() {
    let source = #"""
      / { /memreserve/ 1 2; /plugin/; a { &uart { x; }; }; /omit-if-no-ref/ 5; };
      """#
    let expected = #"""
      t.dts:2:5: error: '/memreserve/' cannot stand inside of a node [dts-syntax]
          2 | / { /memreserve/ 1 2; /plugin/; a { &uart { x; }; }; /omit-if-no-ref/ 5; };
            |     ^~~~~~~~~~~~
      t.dts:2:23: error: '/plugin/' cannot stand inside of a node [dts-syntax]
          2 | / { /memreserve/ 1 2; /plugin/; a { &uart { x; }; }; /omit-if-no-ref/ 5; };
            |                       ^~~~~~~~
      t.dts:2:37: error: expected a property or a node, found '&uart' [dts-syntax]
          2 | / { /memreserve/ 1 2; /plugin/; a { &uart { x; }; }; /omit-if-no-ref/ 5; };
            |                                     ^~~~~
        hint: a node is extended by reference outside of '/ { … };'; is a '};' missing above?
      t.dts:2:71: error: '/omit-if-no-ref/' applies to nodes, '5' is a property [dts-syntax]
          2 | / { /memreserve/ 1 2; /plugin/; a { &uart { x; }; }; /omit-if-no-ref/ 5; };
            |                                                                       ^
      t.dts:2:71: error: property '5' stands after a subnode [dts-property-after-node]
          2 | / { /memreserve/ 1 2; /plugin/; a { &uart { x; }; }; /omit-if-no-ref/ 5; };
            |                                                                       ^~
        hint: properties come before the first subnode of their node
      """#
    #expect(messages("/dts-v1/;\n" + source + "\n") == expected + "\n")
  }

  @Test(arguments: [
    ("", "the source is empty"), ("/ { };", "the source does not begin with '/dts-v1/;'"),
    ("\u{7F}ELF", "the source does not begin with '/dts-v1/;'"),
  ])
  func sourcesThatAreNone(_ source: String, _ message: String) {
    #expect(messages(source).hasPrefix("t.dts:1:1: error: \(message) [dts-version]\n"))
  }

  @Test func aHundredErrorsAreEnough() {
    let text = messages("/dts-v1/;\n/ {\n" + String(repeating: "x <1>;\n", count: 500) + "};\n")
    #expect(text.split(separator: "\n").count { $0.contains(": error: ") } == 101)
    #expect(text.contains("t.dts:102:3: error: more than 100 errors: reading stops here [dts-limit]\n"))
  }

  @Test func whatIsRightAroundErrorsIsRead() {
    let source = "/dts-v1/;\n/ { a = <1 ; b = <2>; c 3; d; n { e = \\; f; }; };\n"
    let parsed = parse(name: "t.dts", bytes: Array(source.utf8))
    #expect(parsed.diagnostics.count == 3)
    #expect(parsed.tree.outline == "/ {\n a = <0x01>;\n b = <0x02>;\n d;\n n {\n  e;\n  f;\n };\n};")
  }
}

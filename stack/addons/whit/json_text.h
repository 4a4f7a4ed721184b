// SPDX-License-Identifier: MIT
// Values of a JSON text (RFC 8259), as they stand in it: nothing is built, copied or decoded. For protocols whose
// messages are small arrays and objects (socket_io.h), where a program needs no JSON library.
//
//   whit::Text rest = R"("led",{"on":true},7)";
//   const whit::Text name = whit::take_json_value(&rest);     // "led", with its quotation marks
//   const whit::Text state = whit::take_json_value(&rest);    // {"on":true}
//   whit::json_member(state, "on") == "true";
//
// The bounds of values are checked, strings and brackets included; the grammar between the brackets of a value that is
// passed over is not.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit {

constexpr uint32_t kJsonDepth = 32;  // brackets within brackets

// Takes the value at the front of `*list`, and the comma behind it: elements of an array, one after the other. Empty:
// there is none, or the text is no list of values; then `*list` is empty, too. A comma behind the last one is passed
// over.
Text take_json_value(Text* list);

// The elements between the brackets of an array, for take_json_value(); data == nullptr: `value` is no array.
Text json_elements(Text value);

// The value of the first member of that name in an object; a name with an escape fits none. Empty: there is none, or
// `object` is no object, as far as it was looked at.
Text json_member(Text object, Text name);

// What stands between the quotation marks of a string. data == nullptr: `value` is no string, or has an escape, which
// would have to be decoded.
Text json_plain_string(Text value);

// False: no whole number from 0 to 4,294,967,295, written in digits alone.
bool json_number(Text value, uint32_t* number);

// Whether the text may stand between quotation marks as it is: no quotation mark, no backslash, no control character.
bool is_json_plain(Text text);

}  // namespace whit

// SPDX-License-Identifier: MIT
// Values of a request by name: cookies, and the parameters of a query or of a form that was posted.
//
//   const whit::Text session = whit::cookie_value(request.cookie, "session");
//   uint8_t memory[64];
//   const whit::Text room = whit::parameter(whit::query_of(request.target), "room", {memory, sizeof memory});
//
// A value that is empty differs from none: the data of that is nullptr.
#pragma once

#include <stddef.h>

#include "whit/bytes.h"

namespace whit {

// A target without its query, and what follows its "?"; RFC 3986, 3.3 and 3.4. Both as sent, with percent-encodings.
Text path_of(Text target);
Text query_of(Text target);

// The value of the first cookie of that name, in Request::cookie (RFC 6265, 4.2.1; names are compared exactly). Without
// the double quotes that may stand around it. It points into the argument.
Text cookie_value(Text cookies, Text name);

// The value of the first parameter of that name, decoded, at the front of `memory`: `form` is "name=value&...", as in a
// query or in a body of the type application/x-www-form-urlencoded ("+" stands for a space; WHATWG URL, 5.1). A value
// may hold any bytes. A null pointer also stands for a value that does not fit `memory`, or with a "%" that no two
// hexadecimal digits follow.
Text parameter(Text form, Text name, MutableBytes memory);

}  // namespace whit

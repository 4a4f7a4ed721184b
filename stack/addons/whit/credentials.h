// SPDX-License-Identifier: MIT
// Credentials and cookies of a request, for the function in ClientOptions::request_fields. Nothing is copied, and
// nothing needs memory: Base64 is made while it is written.
//
//   struct Options : whit::ClientOptions { uint8_t password[20]; };   // OCPP: 20 raw bytes
//   void fields(const whit::ClientOptions& options, whit::FieldWriter out) {
//     whit::put_basic(out, "charger-7", {static_cast<const Options&>(options).password, 20});
//   }
//
// What is refused makes connect() say kInvalidArgument (FieldWriter::refuse()). Credentials belong on wss, or into a
// network of one's own: on ws everybody on the way reads them.
#pragma once

#include <stddef.h>

#include "whit/bytes.h"
#include "whit/field_writer.h"

namespace whit {

// Authorization: Basic (RFC 7617). The password is any bytes. Refused: a user with a colon, which would end it, or with
// a control character.
void put_basic(FieldWriter out, Text user, Bytes password);

// Authorization: Bearer (RFC 6750, 2.1). Refused: an empty token, and characters that a b64token has not.
void put_bearer(FieldWriter out, Text token);

// Cookies of the application's own, in one field; none: no field. CookieJar::put() writes them beside its own.
// Refused: a name that is no token, and a value with a character that is no cookie-octet (RFC 6265, 4.1.1), such as
// white space, '"', ',', ';' and '\'.
struct Cookie {
  Text name;
  Text value;
};
void put_cookies(FieldWriter out, const Cookie* cookies, size_t count);

}  // namespace whit

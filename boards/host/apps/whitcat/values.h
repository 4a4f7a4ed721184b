// SPDX-License-Identifier: MIT
// The values of options: each function takes the text of the command line and gives up with one line if it is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "options.h"

namespace whitcat {

// The content of a file. Gives up (Exit::kUsage) with the name of the option if it cannot be read or is too long.
std::string read_file(std::string_view option, const std::string& name);

// "@FILE" is the content of the file without its last line end, any other value itself: secrets in a file are not in
// the list of processes.
std::string value_or_file(std::string_view option, const std::string& value);

// A header field, or the lines of "@FILE", appended to `fields`. Refused: a name that is not a token, control
// characters (so nothing can be injected), and the fields that belong to the opening handshake.
void add_header(const std::string& value, std::vector<std::string>* fields);

// "name=value" for the Cookie field (RFC 6265, 4.2.1), or "@FILE".
void add_cookie(const std::string& value, std::vector<std::string>* cookies);

// A subprotocol is a token that comes once (RFC 6455, 4.1).
void check_protocols(const std::vector<std::string>& protocols);

// "user:password", or "@FILE".
std::string basic_credentials(const std::string& value);

// http://[USER:PASSWORD@]HOST:PORT, or "@FILE". User and password may be percent-encoded (RFC 3986, 2.1).
Proxy read_proxy(const std::string& value);

// CODE[:REASON], a code that a Close frame may carry (RFC 6455, 7.4) and a reason of at most 123 bytes of UTF-8.
void read_close(const std::string& value, Options* options);

// [ADDRESS:]PORT; an IPv6 address in brackets.
void read_listen(const std::string& value, Options* options);

// Seconds, with a fraction if wanted: 0 to 2,000,000.
double seconds(std::string_view option, const std::string& value);

}  // namespace whitcat

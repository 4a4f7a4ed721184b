// SPDX-License-Identifier: MIT
#include "whit/http/status_line.h"

namespace whit::http {

namespace {

// Each ended by NUL. Those that Whit answers with, and those that applications are likely to.
constexpr char kLines[] =
    "200 OK\0"
    "201 Created\0"
    "202 Accepted\0"
    "204 No Content\0"
    "302 Found\0"
    "303 See Other\0"
    "304 Not Modified\0"
    "400 Bad Request\0"
    "401 Unauthorized\0"
    "403 Forbidden\0"
    "404 Not Found\0"
    "405 Method Not Allowed\0"
    "409 Conflict\0"
    "411 Length Required\0"
    "413 Content Too Large\0"
    "414 URI Too Long\0"
    "415 Unsupported Media Type\0"
    "417 Expectation Failed\0"
    "426 Upgrade Required\0"
    "429 Too Many Requests\0"
    "431 Request Header Fields Too Large\0"
    "500 Internal Server Error\0"
    "501 Not Implemented\0"
    "503 Service Unavailable\0"
    "505 HTTP Version Not Supported\0";

}  // namespace

Digits::Digits(size_t number) {
  do {
    bytes_[--begin_] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
}

StatusLine::StatusLine(uint16_t status) {
  const Digits number(status);
  for (size_t i = 0; i < 3; ++i) digits_[i] = number.text()[i];
  digits_[3] = ' ';
  for (const char* line = kLines; *line != '\0'; ++line) {
    const char* end = line;
    while (*end != '\0') ++end;
    if (Text(line, sizeof digits_) == Text(digits_, sizeof digits_)) {
      phrase_ = line;
      size_ = static_cast<size_t>(end - line);
    }
    line = end;
  }
}

}  // namespace whit::http

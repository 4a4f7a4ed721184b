// SPDX-License-Identifier: MIT
// Numbers and statuses of answers: RFC 9112, 4; RFC 9110, 15.
#include "whit/http/status_line.h"

#include <gtest/gtest.h>

#include <string>

namespace whit::http {
namespace {

std::string string_of(Text text) { return {text.data, text.size}; }

TEST(Digits, OfAnyNumber) {
  for (const size_t number : {size_t{0}, size_t{7}, size_t{10}, size_t{4096}, SIZE_MAX}) {
    EXPECT_EQ(string_of(Digits(number).text()), std::to_string(number));
  }
}

TEST(StatusLine, HasThePhrase) {
  EXPECT_EQ(string_of(StatusLine(200).text()), "200 OK");
  EXPECT_EQ(string_of(StatusLine(431).text()), "431 Request Header Fields Too Large");
  EXPECT_EQ(string_of(StatusLine(505).text()), "505 HTTP Version Not Supported");
}

TEST(StatusLine, OfEveryStatusIsValid) {
  for (uint16_t status = 100; status < 1000; ++status) {
    const std::string line = string_of(StatusLine(status).text());
    EXPECT_EQ(line.substr(0, 4), std::to_string(status) + " ");
    EXPECT_LE(line.size(), 35u) << "with all else it fits the smallest buffer";
  }
}

}  // namespace
}  // namespace whit::http

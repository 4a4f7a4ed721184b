// SPDX-License-Identifier: MIT
#include "whit/http_date.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace whit {
namespace {

constexpr int64_t kNone = INT64_MIN;

int64_t parsed(Text text) {
  int64_t seconds = kNone;
  const bool is_date = parse_http_date(text, &seconds);
  EXPECT_EQ(is_date, seconds != kNone) << "it sets nothing without a date";
  return seconds;
}

// RFC 9110, 5.6.7
TEST(HttpDate, TheThreeForms) {
  EXPECT_EQ(parsed("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parsed("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parsed("Sun Nov  6 08:49:37 1994"), 784111777);
}

TEST(HttpDate, FormsOfCookies) {
  EXPECT_EQ(parsed("Sun, 06-Nov-1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parsed("sun, 6 nov 1994 8:49:37"), 784111777);
  EXPECT_EQ(parsed("08:49:37 November 06 94"), 784111777);
  EXPECT_EQ(parsed("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(parsed("Thu, 01-Jan-70 00:00:01 GMT"), 1);
  EXPECT_EQ(parsed("Wed, 01-Jan-69 00:00:00 GMT"), 3124224000) << "2069";
  EXPECT_EQ(parsed("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799);
  EXPECT_EQ(parsed("Mon, 01 Jan 1601 00:00:00 GMT"), -11644473600);
  EXPECT_EQ(parsed("Sat, 31 Dec 2016 23:59:60 GMT"), parsed("Sun, 01 Jan 2017 00:00:00 GMT")) << "a leap second";
}

TEST(HttpDate, EachDayIsThatOfTheCLibrary) {
  for (int64_t day = -36000; day < 50000; ++day) {
    const time_t time = static_cast<time_t>(day * 86400 + 12345);
    std::tm parts = {};
    gmtime_r(&time, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ASSERT_EQ(parsed(text), time) << text;
  }
}

TEST(HttpDate, WhatIsNone) {
  for (const Text bad : {Text(""),
                         Text("0"),
                         Text("120"),
                         Text("soon"),
                         Text("Sun, 06 Nov 1994 GMT"),
                         Text("Sun, 06 Nov 08:49:37 GMT"),
                         Text("Sun, Nov 1994 08:49:37 GMT"),
                         Text("Sun, 06 1994 08:49:37 GMT"),
                         Text("Sun, 06 Nov 1994 24:00:00 GMT"),
                         Text("Sun, 06 Nov 1994 08:60:37 GMT"),
                         Text("Sun, 06 Nov 1994 08:49:61 GMT"),
                         Text("Sun, 06 Nov 1994 08:49 GMT"),
                         Text("Sun, 06 Nov 1994 08:49: GMT"),
                         Text("Sun, 06 Nov 1994 :08:49:37 GMT"),
                         Text("Sun, 00 Nov 1994 08:49:37 GMT"),
                         Text("Sun, 31 Nov 1994 08:49:37 GMT"),
                         Text("Tue, 29 Feb 2023 08:49:37 GMT"),
                         Text("Thu, 29 Feb 2100 08:49:37 GMT"),
                         Text("Sun, 06 Nov 1600 08:49:37 GMT"),
                         Text("Sun, 06 Nov 19940 08:49:37 GMT"),
                         Text("Sun, 06 Nov 4 08:49:37 GMT"),
                         Text("Sun, 06 Nox 1994 08:49:37 GMT"),
                         Text("Sun, 006 Nov 1994 08:49:37 GMT"),
                         Text("\xFF\xFE\x80", 3)}) {
    EXPECT_EQ(parsed(bad), kNone) << std::string(bad.data, bad.size);
  }
  EXPECT_NE(parsed("Thu, 29 Feb 2024 08:49:37 GMT"), kNone);
  EXPECT_NE(parsed("Tue, 29 Feb 2000 08:49:37 GMT"), kNone);
}

}  // namespace
}  // namespace whit

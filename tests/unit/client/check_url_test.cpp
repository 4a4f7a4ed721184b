// SPDX-License-Identifier: MIT
#include "whit/check_url.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "unit/emulated.h"
#include "whit/http/url.h"

namespace whit {
namespace {

Text text_of(const std::string& string) { return {string.data(), string.size()}; }

TEST(CheckUrl, SaysWhichPartIsWrongAndWhere) {
  struct {
    const char* url;
    UrlPart part;
    size_t position;
    const char* why;
  } const cases[] = {
      {"ws://h", UrlPart::kNone, 0, ""},
      {"wss://[::1]:8443/x?y", UrlPart::kNone, 0, ""},
      {"ws://h:", UrlPart::kNone, 0, ""},
      {"", UrlPart::kScheme, 0, "ws://"},
      {"http://h/", UrlPart::kScheme, 0, "ws://"},
      {"ws:/h", UrlPart::kScheme, 0, "ws://"},
      {"ws://user:pw@h/", UrlPart::kUserInformation, 5, "password"},
      {"ws://h@", UrlPart::kUserInformation, 5, "password"},
      {"ws://", UrlPart::kHost, 5, "no host"},
      {"wss:///x", UrlPart::kHost, 6, "no host"},
      {"ws://:80/", UrlPart::kHost, 5, "no host"},
      {"ws://a b/", UrlPart::kHost, 6, "cannot have"},
      {"ws://b\xC3\xBC.de", UrlPart::kHost, 6, "cannot have"},
      {"ws://h%41/", UrlPart::kHost, 6, "percent-encoded"},
      {"ws://[::1", UrlPart::kHost, 5, "IPv6"},
      {"ws://[::1]x", UrlPart::kHost, 5, "IPv6"},
      {"ws://[fe80::1%25eth0]/", UrlPart::kHost, 13, "zone"},
      {"ws://h:0/", UrlPart::kPort, 7, "65535"},
      {"ws://h:65536", UrlPart::kPort, 7, "65535"},
      {"ws://h:80:80", UrlPart::kPort, 7, "65535"},
      {"ws://[::1]:x", UrlPart::kPort, 11, "65535"},
      {"ws://h/#f", UrlPart::kFragment, 7, "fragment"},
      {"ws://h#f", UrlPart::kFragment, 6, "fragment"},
      {"ws://h/a b", UrlPart::kResource, 8, "must be percent-encoded"},
      {"ws://h/?q=|", UrlPart::kResource, 10, "must be percent-encoded"},
      {"ws://h/?q={", UrlPart::kResource, 10, "must be percent-encoded"},
      {"ws://h/?q=[", UrlPart::kResource, 10, "must be percent-encoded"},
      {"ws://h/%4g", UrlPart::kResource, 7, "two hexadecimal digits"},
      {"ws://h/a%", UrlPart::kResource, 8, "two hexadecimal digits"},
      {"ws://h/%41%4", UrlPart::kResource, 10, "two hexadecimal digits"},
  };
  for (const auto& each : cases) {
    const UrlProblem problem = check_url(each.url);
    EXPECT_EQ(problem.part, each.part) << each.url;
    EXPECT_EQ(problem.position, each.position) << each.url;
    EXPECT_NE(std::string(problem.why.data != nullptr ? problem.why.data : "").find(each.why), std::string::npos)
        << each.url << ": " << problem.why.data;
  }
}

// It refuses what connect() refuses, and nothing else: URLs with a piece changed, any bytes among them.
TEST(CheckUrl, AgreesWithConnect) {
  std::mt19937 random(1);
  const char* const pieces[] = {"ws://", "wss://",  "h",      "[::1]", "[1:2:3:4:5:6:7:8]",
                                ":80",   ":0",      ":65536", ":",     "/",
                                "?",     "#",       "@",      "%41",   "%",
                                "a",     "..",      "[",      "]",     "\\",
                                " ",     "1.2.3.4", "::",     "%25",   "x",
                                "8"};
  int valid = 0;
  for (uint32_t i = sample(200000); i != 0; --i) {
    std::string url = random() % 8 != 0 ? "ws://h" : "";
    for (uint32_t n = random() % 6; n != 0; --n) url += pieces[random() % (sizeof pieces / sizeof pieces[0])];
    if (random() % 3 == 0 && !url.empty()) url[random() % url.size()] = static_cast<char>(random());
    const bool taken = http::parse_url(text_of(url)).port != 0;
    const UrlProblem problem = check_url(text_of(url));
    ASSERT_EQ(problem.part == UrlPart::kNone, taken) << url;
    ASSERT_LE(problem.position, url.size()) << url;
    ASSERT_EQ(problem.why.empty(), taken) << url;
    valid += taken ? 1 : 0;
  }
  EXPECT_GT(valid, 100);
}

}  // namespace
}  // namespace whit

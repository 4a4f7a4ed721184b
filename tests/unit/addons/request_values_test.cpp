// SPDX-License-Identifier: MIT
#include "whit/request_values.h"

#include <gtest/gtest.h>

#include <string>

namespace whit {
namespace {

std::string shown(Text text) { return text.data != nullptr ? std::string(text.data, text.size) : "none"; }

TEST(RequestValues, PathAndQuery) {
  EXPECT_EQ(shown(path_of("/a/b?c=d?e")), "/a/b");
  EXPECT_EQ(shown(query_of("/a/b?c=d?e")), "c=d?e");
  EXPECT_EQ(shown(path_of("/a")), "/a");
  EXPECT_EQ(shown(query_of("/a")), "");
  EXPECT_EQ(shown(path_of("/?")), "/");
  EXPECT_EQ(shown(query_of("/?")), "");
}

std::string cookie(Text cookies, Text name) { return shown(cookie_value(cookies, name)); }

// RFC 6265, 4.2.1
TEST(RequestValues, ACookieOfSeveral) {
  const Text cookies = "SID=31d4d96e407aad42; lang=en-US; e=; x=a=b";
  EXPECT_EQ(cookie(cookies, "SID"), "31d4d96e407aad42");
  EXPECT_EQ(cookie(cookies, "lang"), "en-US");
  EXPECT_EQ(cookie(cookies, "e"), "") << "empty, but there";
  EXPECT_EQ(cookie(cookies, "x"), "a=b") << "the first = ends the name";
  EXPECT_EQ(cookie("a=1;b=2;\tc=3", "b"), "2");
  EXPECT_EQ(cookie("a=1;b=2;\tc=3", "c"), "3");
  EXPECT_EQ(cookie("a = 1 ; b=2", "a"), "1");
}

TEST(RequestValues, ANameMatchesWhole) {
  const Text cookies = "session_id=1; Session=2; session=3; session=4";
  EXPECT_EQ(cookie(cookies, "session"), "3") << "the first one of that name, in that case";
  EXPECT_EQ(cookie(cookies, "sess"), "none");
  EXPECT_EQ(cookie(cookies, "id"), "none");
  EXPECT_EQ(cookie("xsession=1", "session"), "none");
  EXPECT_EQ(cookie("a=session=1", "session"), "none") << "inside of a value";
}

TEST(RequestValues, QuotesGoOnlyAsAPair) {
  EXPECT_EQ(cookie("a=\"b\"; c=d", "a"), "b");
  EXPECT_EQ(cookie("a=\"\"", "a"), "");
  EXPECT_EQ(cookie("a=\"", "a"), "\"");
  EXPECT_EQ(cookie("a=\"b", "a"), "\"b");
}

TEST(RequestValues, NoCookie) {
  for (const Text cookies : {Text(), Text(""), Text(";"), Text("a"), Text("; ;a;"), Text("=a"), Text("b=a")}) {
    EXPECT_EQ(cookie(cookies, "a"), "none") << shown(cookies);
  }
}

std::string value(Text form, Text name, size_t room = 32) {
  uint8_t memory[32];
  return shown(parameter(form, name, {memory, room}));
}

// WHATWG URL, 5.1
TEST(RequestValues, AParameterIsDecoded) {
  EXPECT_EQ(value("ssid=my+net%21&pass=a%26b%3Dc%25&e=&f", "ssid"), "my net!");
  EXPECT_EQ(value("ssid=my+net%21&pass=a%26b%3Dc%25&e=&f", "pass"), "a&b=c%");
  EXPECT_EQ(value("ssid=my+net%21&pass=a%26b%3Dc%25&e=&f", "e"), "");
  EXPECT_EQ(value("ssid=my+net%21&pass=a%26b%3Dc%25&e=&f", "f"), "") << "a name alone";
  EXPECT_EQ(value("a=b=c", "a"), "b=c");
  EXPECT_EQ(value("a=%c3%A4", "a"), "\xC3\xA4");
  EXPECT_EQ(value("a=%00%0D%0a", "a"), std::string("\0\r\n", 3)) << "any bytes";
  EXPECT_EQ(value("a=1&a=2", "a"), "1") << "the first one";
  EXPECT_EQ(value("&&a=1&", "a"), "1");
}

TEST(RequestValues, ANameIsDecodedToo) {
  EXPECT_EQ(value("n%61me=1", "name"), "1");
  EXPECT_EQ(value("a+b=1", "a b"), "1");
  EXPECT_EQ(value("name2=1&nam=2&xname=3&Name=4", "name"), "none");
  EXPECT_EQ(value("x=name=1", "name"), "none");
  EXPECT_EQ(value("n%6=1&n%zz=2&name=3", "name"), "3") << "a malformed name is another one";
}

TEST(RequestValues, NoParameter) {
  EXPECT_EQ(value("", "a"), "none");
  EXPECT_EQ(value("b=1", "a"), "none");
  for (const char* malformed : {"a=%", "a=%4", "a=x%4", "a=%4g", "a=%g4", "a=%%41", "a=%4&b=1", "a=%-1", "a=%+1"}) {
    EXPECT_EQ(value(malformed, "a"), "none") << malformed;
  }
}

TEST(RequestValues, AParameterThatDoesNotFitIsNone) {
  EXPECT_EQ(value("a=12345678", "a", 8), "12345678");
  EXPECT_EQ(value("a=12345678", "a", 7), "none");
  EXPECT_EQ(value("a=%31%32", "a", 2), "12");
  EXPECT_EQ(value("a=%31%32", "a", 1), "none");
  EXPECT_EQ(value("a=", "a", 0), "");
}

}  // namespace
}  // namespace whit

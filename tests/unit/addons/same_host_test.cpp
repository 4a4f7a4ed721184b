// SPDX-License-Identifier: MIT
// RFC 6454, 6.2 and 7; RFC 6455, 10.2: an Origin as browsers send it, beside the Host of the same request.
#include "whit/same_host.h"

#include <gtest/gtest.h>

#include <string>

namespace whit {
namespace {

bool same(Text origin, Text host, bool secure = false) {
  Request request;
  request.origin = origin;
  request.host = host;
  return is_same_host(request, secure);
}

TEST(SameHost, APageOfThisServer) {
  EXPECT_TRUE(same("http://device.local", "device.local"));
  EXPECT_TRUE(same("http://device.local:8080", "device.local:8080"));
  EXPECT_TRUE(same("http://192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(same("http://192.0.2.7:81", "192.0.2.7:81"));
  EXPECT_TRUE(same("http://[2001:db8::7]", "[2001:db8::7]"));
  EXPECT_TRUE(same("http://[2001:db8::7]:8080", "[2001:db8::7]:8080"));
  EXPECT_TRUE(same("https://device.local", "device.local"));
}

TEST(SameHost, WithoutRegardToCase) {
  EXPECT_TRUE(same("HTTP://Device.LOCAL", "device.local"));
  EXPECT_TRUE(same("http://[2001:DB8::7]", "[2001:db8::7]"));
}

// RFC 3986, 3.2.3
TEST(SameHost, AMissingPortIsTheUsualOneOfTheScheme) {
  EXPECT_TRUE(same("http://a.example", "a.example:80"));
  EXPECT_TRUE(same("http://a.example:80", "a.example"));
  EXPECT_TRUE(same("https://a.example", "a.example:443"));
  EXPECT_TRUE(same("https://a.example:443", "a.example"));
  EXPECT_TRUE(same("http://a.example:", "a.example:"));
  EXPECT_TRUE(same("http://a.example:0080", "a.example"));
  EXPECT_FALSE(same("http://a.example", "a.example:443"));
  EXPECT_FALSE(same("https://a.example", "a.example:80"));
  EXPECT_FALSE(same("http://a.example:443", "a.example"));
}

TEST(SameHost, AForeignPage) {
  EXPECT_FALSE(same("http://evil.example", "device.local"));
  EXPECT_FALSE(same("http://device.local.evil.example", "device.local"));
  EXPECT_FALSE(same("http://evil-device.local", "device.local"));
  EXPECT_FALSE(same("http://device.loca", "device.local"));
  EXPECT_FALSE(same("http://device.local:8080", "device.local:8081")) << "another server of the same machine";
  EXPECT_FALSE(same("http://device.local:8080", "device.local"));
  EXPECT_FALSE(same("http://[2001:db8::7]", "[2001:db8::8]"));
  EXPECT_FALSE(same("http://[2001:db8::7]:80", "[2001:db8::7]:8080"));
}

TEST(SameHost, NoOrigin) {
  EXPECT_FALSE(same("", "device.local"));
  EXPECT_FALSE(same("null", "device.local")) << "of a file, a frame in a sandbox, a redirection";
  EXPECT_FALSE(same("null", "null"));
  EXPECT_FALSE(same("", ""));
}

TEST(SameHost, WhatIsNoOrigin) {
  for (const Text origin : {Text("device.local"),
                            Text("//device.local"),
                            Text("ftp://device.local"),
                            Text("file://device.local"),
                            Text("http:device.local"),
                            Text("http://device.local/"),
                            Text("http://device.local/x"),
                            Text("http://device.local?x"),
                            Text("http://device.local#x"),
                            Text("http://user@device.local"),
                            Text("http://device.local:80x"),
                            Text("http://device.local:80:80"),
                            Text("http://device.local:65616"),
                            Text("http://device.local:4294967376"),
                            Text("http://device.local:7:"),
                            Text("http://device.local:0"),
                            Text("http://device.local, http://a"),
                            Text("http://device.local http://evil.example"),
                            Text("http://"),
                            Text("http"),
                            Text("http://:80"),
                            Text("chrome-extension://device.local")}) {
    EXPECT_FALSE(same(origin, "device.local")) << std::string(origin.data, origin.size);
  }
  EXPECT_FALSE(same("http://", "")) << "no host is not the same host";
}

TEST(SameHost, ASecureServerTrustsNoPageThatCameInTheClear) {
  EXPECT_TRUE(same("https://a.example", "a.example", true));
  EXPECT_FALSE(same("http://a.example", "a.example", true));
  EXPECT_FALSE(same("http://a.example:443", "a.example", true));
}

bool known(Text host, const Text* names = nullptr, size_t count = 0) {
  Request request;
  request.host = host;
  return is_known_host(request, names, count);
}

TEST(SameHost, OnlyAddressesAndOurNamesAreKnown) {
  constexpr Text names[] = {"device.local", "heat-pump"};
  EXPECT_TRUE(known("device.local", names, 2));
  EXPECT_TRUE(known("DEVICE.local:8080", names, 2));
  EXPECT_TRUE(known("heat-pump:80", names, 2));
  EXPECT_FALSE(known("rebound.evil.example", names, 2));
  EXPECT_FALSE(known("device.local.evil.example", names, 2));
  EXPECT_FALSE(known("192.0.2.7.evil.example", names, 2));
  EXPECT_TRUE(known("192.0.2.7"));
  EXPECT_TRUE(known("192.0.2.7:8080"));
  EXPECT_TRUE(known("[2001:db8::7]:8080"));
  EXPECT_FALSE(known("192.0.2"));
  EXPECT_FALSE(known("a.0.2.7"));
  EXPECT_FALSE(known("device.local"));
  EXPECT_FALSE(known(""));
}

}  // namespace
}  // namespace whit

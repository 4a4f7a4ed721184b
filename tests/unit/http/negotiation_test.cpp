// SPDX-License-Identifier: MIT
// Accept-Encoding and If-None-Match: RFC 9110, 12.5.3 and 13.1.2.
#include "whit/http/negotiation.h"

#include <gtest/gtest.h>

namespace whit::http {
namespace {

TEST(Codings, OfAcceptEncoding) {
  const struct {
    const char* value;
    int codings;
  } cases[] = {{"", 0},
               {"gzip", kGzip},
               {"GZip", kGzip},
               {"x-gzip", kGzip},
               {" , gzip ,", kGzip},
               {"br;q=1.0, gzip;q=0.8, *;q=0.1", kGzip | kAnyCoding},
               {"gzip;q=1", kGzip},
               {"gzip ; Q=0.5", kGzip},
               {"gzip;q=0.001", kGzip},
               {"gzip;q=1.000", kGzip},
               {"gzip;q=0", kNoGzip},
               {"gzip;q=0.", kNoGzip},
               {"gzip;q=0.000", kNoGzip},
               {"gzip;q=", kNoGzip},
               {"gzip;q=x", kNoGzip},
               {"gzip;level=9", kNoGzip},
               {"gzip;q=0.5;x", kNoGzip},
               {"gzipped", 0},
               {"gzip-2", 0},
               {"xgzip", 0},
               {"identity", 0},
               {"*", kAnyCoding},
               {"*;q=0", 0},
               {"deflate, br, zstd", 0}};
  for (const auto& each : cases) EXPECT_EQ(read_codings(each.value), each.codings) << each.value;
}

TEST(Codings, SayWhetherGzipMayBeSent) {
  EXPECT_FALSE(may_send_gzip(0));
  EXPECT_TRUE(may_send_gzip(kGzip));
  EXPECT_TRUE(may_send_gzip(kAnyCoding));
  EXPECT_FALSE(may_send_gzip(kNoGzip | kAnyCoding));
  EXPECT_FALSE(may_send_gzip(kNoGzip | kGzip)) << "fields that contradict each other";
}

TEST(Tags, OfIfNoneMatch) {
  const struct {
    const char* value;
    bool plain;
    bool gzip;
  } cases[] = {{"\"tag\"", true, false},
               {"W/\"tag\"", true, false},
               {"\"a\",\"tag\"", true, false},
               {"\"tag-gz\"", false, true},
               {"\"tag\", \"tag-gz\"", true, true},
               {"*", true, true},
               {"\"*\"", false, false},
               {"tag", false, false},
               {"\"tag", false, false},
               {"w/\"tag\"", false, false},
               {"\"Tag\"", false, false},
               {"\"tags\"", false, false},
               {"\"ta\"", false, false},
               {"\"\"", false, false},
               {"", false, false}};
  for (const auto& each : cases) {
    EXPECT_EQ(has_tag(each.value, "tag", {}), each.plain) << each.value;
    EXPECT_EQ(has_tag(each.value, "tag", "-gz"), each.gzip) << each.value;
  }
}

}  // namespace
}  // namespace whit::http

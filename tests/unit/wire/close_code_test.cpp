// SPDX-License-Identifier: MIT
#include "whit/wire/close_code.h"

#include <gtest/gtest.h>

#include <set>

namespace whit::wire {
namespace {

TEST(CloseCode, All65536AgainstTheRegistry) {
  // RFC 6455 section 7.4 and IANA, one by one: those that may be in a Close frame.
  const std::set<unsigned> defined = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014};
  for (unsigned code = 0; code < 0x10000; ++code) {
    const bool expected = defined.count(code) != 0 || code / 1000 == 3 || code / 1000 == 4;
    ASSERT_EQ(close_code_valid_on_wire(static_cast<uint16_t>(code)), expected) << code;
  }
}

TEST(CloseCode, NumbersOfTheNames) {
  EXPECT_EQ(close_code::kNormalClosure, 1000);
  EXPECT_EQ(close_code::kGoingAway, 1001);
  EXPECT_EQ(close_code::kProtocolError, 1002);
  EXPECT_EQ(close_code::kUnsupportedData, 1003);
  EXPECT_EQ(close_code::kNoStatusReceived, 1005);
  EXPECT_EQ(close_code::kAbnormalClosure, 1006);
  EXPECT_EQ(close_code::kInvalidPayload, 1007);
  EXPECT_EQ(close_code::kPolicyViolation, 1008);
  EXPECT_EQ(close_code::kMessageTooBig, 1009);
  EXPECT_EQ(close_code::kMandatoryExtension, 1010);
  EXPECT_EQ(close_code::kInternalError, 1011);
  EXPECT_EQ(close_code::kServiceRestart, 1012);
  EXPECT_EQ(close_code::kTryAgainLater, 1013);
  EXPECT_EQ(close_code::kBadGateway, 1014);
  EXPECT_EQ(close_code::kTlsHandshake, 1015);
}

}  // namespace
}  // namespace whit::wire

// SPDX-License-Identifier: MIT
#include "whit/session/subprotocols.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whit::session {
namespace {

ConnectionOptions with(const Text* protocols, size_t count) {
  ConnectionOptions options;
  options.protocols = protocols;
  options.protocol_count = count;
  return options;
}

constexpr Text kOurs[] = {"best", "good", "Best"};

TEST(Protocols, DistinctTokensAreValid) {
  EXPECT_TRUE(protocols_valid({}));
  EXPECT_TRUE(protocols_valid(with(kOurs, 3)));
  for (const Text bad : {Text(""), Text("a b"), Text("a,b"), Text("best")}) {
    const Text protocols[] = {"best", bad};
    EXPECT_FALSE(protocols_valid(with(protocols, 2))) << std::string(bad.data, bad.size);
  }
}

TEST(Protocols, ThereAreAtMost255) {
  std::vector<std::string> names;
  for (int i = 0; i < 257; ++i) names.push_back("p" + std::to_string(i));
  std::vector<Text> protocols;
  for (const std::string& name : names) protocols.emplace_back(name.data(), name.size());
  EXPECT_TRUE(protocols_valid(with(protocols.data(), 255)));
  EXPECT_FALSE(protocols_valid(with(protocols.data(), 256)));
  EXPECT_FALSE(protocols_valid(with(protocols.data(), 257)));
}

TEST(Protocols, NumbersAreExact) {
  const ConnectionOptions options = with(kOurs, 3);
  EXPECT_EQ(protocol_number(options, "best"), 1);
  EXPECT_EQ(protocol_number(options, "Best"), 3);
  EXPECT_EQ(protocol_number(options, "BEST"), 0);
  EXPECT_EQ(protocol_number(options, ""), 0);
  EXPECT_EQ(protocol_number({}, "best"), 0);
}

// The server's own preference counts, over all fields.
TEST(Protocols, TheBestOfThoseOfferedIsSelected) {
  const ConnectionOptions options = with(kOurs, 3);
  Connection connection = {};
  select_protocol(&connection, options, "other, Best");
  EXPECT_EQ(connection.protocol, 3);
  select_protocol(&connection, options, "good, Best");
  EXPECT_EQ(connection.protocol, 2);
  select_protocol(&connection, options, "Best,nothing");
  EXPECT_EQ(connection.protocol, 2);
}

}  // namespace
}  // namespace whit::session

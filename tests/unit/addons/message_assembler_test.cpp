// SPDX-License-Identifier: MIT
#include "whit/message_assembler.h"

#include <gtest/gtest.h>

#include <string>

namespace whit {
namespace {

Message piece(const std::string& data, uint64_t offset, bool first, bool last) {
  Message message;
  message.data = {reinterpret_cast<const uint8_t*>(data.data()), data.size()};
  message.type = MessageType::kText;
  message.offset = offset;
  message.first = first;
  message.last = last;
  return message;
}

std::string text_of(const Message& message) { return {message.text().data, message.text().size}; }

TEST(MessageAssembler, AWholeMessageStaysWhereItIs) {
  MessageAssembler assembler{{}};
  const std::string data = "whole";
  Message whole;
  EXPECT_EQ(assembler.add(piece(data, 0, true, true), &whole), Status::kOk);
  EXPECT_EQ(static_cast<const void*>(whole.data.data), data.data());
  EXPECT_TRUE(whole.whole());
}

TEST(MessageAssembler, PiecesBecomeOne) {
  uint8_t memory[10];
  MessageAssembler assembler{{memory, sizeof memory}};
  Message whole;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(assembler.add(piece("abc", 0, true, false), &whole), Status::kWouldBlock);
    EXPECT_EQ(assembler.add(piece("", 3, false, false), &whole), Status::kWouldBlock);
    EXPECT_EQ(assembler.add(piece("defghij", 3, false, true), &whole), Status::kOk);
    EXPECT_EQ(text_of(whole), "abcdefghij");
    EXPECT_TRUE(whole.whole() && whole.offset == 0 && whole.type == MessageType::kText);
  }
}

TEST(MessageAssembler, TheMemoryIsTheLimit) {
  uint8_t memory[12] = {};
  MessageAssembler assembler{{memory, 10}};
  Message whole;
  EXPECT_EQ(assembler.add(piece("abcdefgh", 0, true, false), &whole), Status::kWouldBlock);
  EXPECT_EQ(assembler.add(piece("xyz", 8, false, true), &whole), Status::kTooLarge);
  EXPECT_EQ(assembler.add(piece("xyz", UINT64_MAX - 1, false, true), &whole), Status::kTooLarge);
  EXPECT_EQ(memory[10], 0);
  // One that was cut off by the end of its connection leaves nothing behind.
  EXPECT_EQ(assembler.add(piece("ab", 0, true, false), &whole), Status::kWouldBlock);
  EXPECT_EQ(assembler.add(piece("c", 2, false, true), &whole), Status::kOk);
  EXPECT_EQ(text_of(whole), "abc");
}

}  // namespace
}  // namespace whit

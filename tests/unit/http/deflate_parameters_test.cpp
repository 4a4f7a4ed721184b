// SPDX-License-Identifier: MIT
#include "whit/http/deflate_parameters.h"

#include <gtest/gtest.h>

#include <string>

#include "whit/http/grammar.h"

namespace whit::http {
namespace {

Extension read(const std::string& text, DeflateParameters* out) {
  Text value(text.data(), text.size());
  Text checked = value;
  EXPECT_TRUE(read_extensions(&checked)) << text;
  return take_extension(&value, out);
}

TEST(DeflateParameters, AreReadInAnyOrder) {
  DeflateParameters out;
  EXPECT_EQ(read("permessage-deflate ; client_max_window_bits ;server_no_context_takeover; server_max_window_bits = 12",
                 &out),
            Extension::kDeflate);
  EXPECT_TRUE(out.server_no_context_takeover);
  EXPECT_FALSE(out.client_no_context_takeover);
  EXPECT_EQ(out.server_max_window_bits, 12);
  EXPECT_EQ(out.client_max_window_bits, DeflateParameters::kNoValue);
}

TEST(DeflateParameters, WindowsHave8To15Bits) {
  for (int bits = 0; bits < 100; ++bits) {
    DeflateParameters out;
    const bool legal = bits >= 8 && bits <= 15;
    for (const std::string quote : {"", "\""}) {
      const std::string text = "permessage-deflate; client_max_window_bits=" + quote + std::to_string(bits) + quote;
      EXPECT_EQ(read(text, &out), legal ? Extension::kDeflate : Extension::kInvalid) << text;
      if (!legal) continue;
      EXPECT_EQ(out.client_max_window_bits, bits);
    }
  }
}

TEST(DeflateParameters, AListIsReadToItsEnd) {
  const std::string text = " , a;b=\"c\",,permessage-deflate;x , permessage-deflate,permessage-deflates";
  Text list(text.data(), text.size());
  DeflateParameters out;
  EXPECT_EQ(take_extension(&list, &out), Extension::kOther);
  EXPECT_EQ(take_extension(&list, &out), Extension::kInvalid);
  EXPECT_EQ(take_extension(&list, &out), Extension::kDeflate);
  EXPECT_EQ(take_extension(&list, &out), Extension::kOther);
  EXPECT_EQ(take_extension(&list, &out), Extension::kNone);
}

TEST(DeflateParameters, WhatIsPutIsReadAgain) {
  for (int i = 0; i < 4 * 10 * 10; ++i) {
    DeflateParameters in;
    in.server_no_context_takeover = i % 2 != 0;
    in.client_no_context_takeover = i / 2 % 2 != 0;
    const int server = i / 4 % 10;
    const int client = i / 40;
    in.server_max_window_bits = static_cast<uint8_t>(server < 8 ? 0 : server + 6);
    in.client_max_window_bits = static_cast<uint8_t>(client < 8 ? client == 1 : client);
    uint8_t bytes[256];
    HeadWriter head(bytes, sizeof bytes, 0);
    put_deflate(&head, in);
    const std::string line(reinterpret_cast<char*>(bytes), head.at);
    const std::string name = "\r\nSec-WebSocket-Extensions: ";
    ASSERT_EQ(line.substr(0, name.size()), name);
    DeflateParameters out;
    EXPECT_EQ(read(line.substr(name.size()), &out), Extension::kDeflate) << line;
    EXPECT_EQ(out.server_no_context_takeover, in.server_no_context_takeover);
    EXPECT_EQ(out.client_no_context_takeover, in.client_no_context_takeover);
    EXPECT_EQ(out.server_max_window_bits, in.server_max_window_bits) << line;
    EXPECT_EQ(out.client_max_window_bits, in.client_max_window_bits) << line;
  }
}

}  // namespace
}  // namespace whit::http

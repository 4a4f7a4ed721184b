// SPDX-License-Identifier: MIT
// The memory behind a text must not matter to the parser of that text. Sanitizers see a read beyond the end of
// an allocation; this sees one anywhere, in every build, because the byte there changes the answer.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "whit/bytes.h"

namespace whit {

// Calls `parse` (Text -> bool) on the text, each time with another byte behind it, and returns the answer.
template <typename Parse>
bool whatever_follows(const std::string& text, Parse parse) {
  const bool answer = parse(Text(text.data(), text.size()));
  for (int byte = 0; byte < 256; ++byte) {
    const std::string longer = text + static_cast<char>(byte) + "1";
    EXPECT_EQ(parse(Text(longer.data(), text.size())), answer) << text << ", followed by byte " << byte;
  }
  return answer;
}

}  // namespace whit

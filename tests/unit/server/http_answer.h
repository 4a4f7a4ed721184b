// SPDX-License-Identifier: MIT
// The answers of a server of pages as a browser reads them: RFC 9112, written apart from the stack.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace whit {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names as sent; one that comes twice fails
  std::string body;
};

// Takes one whole answer off the front of a stream; `head`: it is that of a HEAD request. False: there is none.
inline bool take_answer(std::string* stream, Answer* out, bool head = false) {
  const size_t end = stream->find("\r\n\r\n");
  if (stream->compare(0, 9, "HTTP/1.1 ") != 0 || end == std::string::npos) return false;
  Answer answer;
  answer.status = std::stoi(stream->substr(9, 3));
  for (size_t at = stream->find("\r\n"); at < end;) {
    const size_t next = stream->find("\r\n", at + 2);
    const std::string line = stream->substr(at + 2, next - at - 2);
    const size_t colon = line.find(": ");
    EXPECT_NE(colon, std::string::npos) << line;
    EXPECT_EQ(answer.fields.count(line.substr(0, colon)), 0u) << line;
    answer.fields[line.substr(0, colon)] = line.substr(colon + 2);
    at = next;
  }
  size_t size = 0;
  const bool bodyless = head || answer.status == 304 || answer.status < 200;
  if (!bodyless) {
    EXPECT_EQ(answer.fields.count("Content-Length"), 1u) << stream->substr(0, end);
    size = std::stoul(answer.fields["Content-Length"]);
  }
  if (stream->size() - end - 4 < size) return false;
  answer.body = stream->substr(end + 4, size);
  stream->erase(0, end + 4 + size);
  *out = answer;
  return true;
}

}  // namespace whit

// SPDX-License-Identifier: MIT
// The frame of a program: its end and its arguments (`name=value`, separated by spaces).
#include <string.h>

#include "board.h"
#include "environment.h"

namespace board {
namespace {

constexpr size_t kMaxCommandLineBytes = 256;

}  // namespace

void exit(int code) { leave(code); }

bool argument(const char* name, char* value, size_t size) {
  char line[kMaxCommandLineBytes];
  if (!command_line(line, sizeof(line))) return false;
  const size_t name_size = strlen(name);
  for (const char* word = line; *word != '\0';) {
    const char* end = word;
    while (*end != '\0' && *end != ' ') ++end;
    const size_t word_size = static_cast<size_t>(end - word);
    if (word_size > name_size && word[name_size] == '=' && memcmp(word, name, name_size) == 0) {
      const size_t value_size = word_size - name_size - 1;
      if (value_size >= size) return false;
      memcpy(value, word + name_size + 1, value_size);
      value[value_size] = '\0';
      return true;
    }
    word = *end == ' ' ? end + 1 : end;
  }
  return false;
}

}  // namespace board

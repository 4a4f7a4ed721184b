// SPDX-License-Identifier: MIT
// The arguments of an application on a microcontroller: the words of the command line that stands around the firmware.
// Nothing of it is kept, so a program that asks for nothing pays nothing.
#include <string.h>

#include "argument_reader.h"
#include "board.h"
#include "environment.h"

namespace board {

namespace {

using Reader = ArgumentReader;

constexpr size_t kMaxCommandLineBytes = 256;

const Argument* declared_table;
size_t declared_count;

// The command line as words that are ended by NUL.
struct Words {
  char text[kMaxCommandLineBytes];
  size_t size = 0;

  Words() {
    if (!command_line(text, sizeof(text))) return;
    for (const char* from = text; *from != '\0'; ++from) {
      if (*from != ' ') {
        text[size++] = *from;
      } else if (size > 0 && text[size - 1] != '\0') {
        text[size++] = '\0';
      }
    }
    if (size > 0 && text[size - 1] != '\0') text[size++] = '\0';
  }
};

[[noreturn]] void complain(const char* what, const char* why) {
  print("wrong argument: ");
  print(what);
  print(why);
  print("\n");
  board::exit(2);
}

void check(Reader::Result result, const Reader& reader) {
  if (result == Reader::kForeign) return;
  if (result == Reader::kUnknown) complain(reader.word(), " is unknown");
  const Argument& argument = reader.argument();
  if (result == Reader::kNoValue) {
    complain(argument.name, argument.kind == Argument::kFlag ? " takes no value" : " needs a value");
  }
  if (argument.kind == Argument::kNumber && !Reader::is_number(argument, reader.value())) {
    complain(argument.name, " is no number or out of its range");
  }
}

}  // namespace

void declare_arguments(const char*, const Argument* table, size_t count) {
  declared_table = table;
  declared_count = count;
  const Words words;
  Reader reader(words.text, words.size, table, count);
  for (Reader::Result result = reader.next(); result != Reader::kEnd; result = reader.next()) check(result, reader);
}

bool argument(const char* name, char* value, size_t size) {
  const Words words;
  const char* const found = argument_value(words.text, words.size, declared_table, declared_count, name);
  if (found == nullptr) return false;
  const size_t found_size = strlen(found);
  if (found_size >= size) return false;
  memcpy(value, found, found_size + 1);
  return true;
}

}  // namespace board

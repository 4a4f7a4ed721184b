// SPDX-License-Identifier: MIT
// The arguments of an application on this machine: argv, as the kernel keeps it, so that main() looks the same on every
// board. Options, --help and the error messages come from the application's table.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "common/argument_reader.h"

namespace board {

namespace {

using Reader = ArgumentReader;

// Words of the command line; Linux allows more, no application here needs it.
constexpr size_t kMaxWordBytes = 16384;

struct {
  const char* description;
  const Argument* table;
  size_t count;
} declared;

char words[kMaxWordBytes];
size_t words_size;

const char* program() {
  const char* const slash = strrchr(words, '/');
  return slash != nullptr ? slash + 1 : words;
}

template <class... Parts>
[[noreturn]] void complain(Parts... parts) {
  print_error(program());
  print_error(": ");
  (print_error(parts), ...);
  print_error(" (try --help)\n");
  board::exit(2);
}

void load() {
  if (words_size > 0) return;
  const int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  for (ssize_t got = 1; got > 0 && words_size < sizeof words;) {
    got = read(file, words + words_size, sizeof words - words_size);
    if (got > 0) words_size += static_cast<size_t>(got);
  }
  close(file);
  if (words_size == sizeof words) {
    words[sizeof words - 1] = '\0';
    complain("the command line is too long");
  }
}

void print_padded(const char* text, size_t width) {
  print(text);
  for (size_t i = strlen(text); i < width; ++i) print(" ");
}

void print_usage() {
  print("usage: ");
  print(program());
  for (size_t i = 0; i < declared.count; ++i) {
    const Argument& each = declared.table[i];
    if (!each.positional) continue;
    print(each.fallback != nullptr ? " [" : " ");
    print(each.name);
    if (each.fallback != nullptr) print("]");
  }
  print(" [OPTION...]\n");
  print(declared.description);
  print("\n\n");
}

void print_argument(const Argument& argument) {
  constexpr size_t kNameWidth = 14;  // longer than any name
  constexpr size_t kKindWidth = 8;
  print(argument.positional ? "  " : "  --");
  print_padded(argument.name, argument.positional ? kNameWidth + 2 : kNameWidth);
  const char* const kinds[] = {"TEXT", "N", ""};
  print_padded(argument.positional ? "" : kinds[argument.kind], kKindWidth);
  print(argument.help);
  if (argument.kind == Argument::kNumber) {
    print(", ");
    print_number(argument.least);
    print(" to ");
    print_number(argument.most);
  }
  if (argument.fallback != nullptr && argument.fallback[0] != '\0') {
    print(" (default: ");
    print(argument.fallback);
    print(")");
  }
  print("\n");
}

[[noreturn]] void help() {
  print_usage();
  for (size_t i = 0; i < declared.count; ++i) print_argument(declared.table[i]);
  print("  --help                  this text\n");
  board::exit(0);
}

void check(Reader::Result result, const Reader& reader) {
  if (result == Reader::kUnknown && (strcmp(reader.word(), "--help") == 0 || strcmp(reader.word(), "-h") == 0)) help();
  if (result == Reader::kUnknown && reader.word()[0] == '-') complain("unknown option ", reader.word());
  if (result == Reader::kUnknown || result == Reader::kForeign) complain("unexpected argument ", reader.word());
  const Argument& argument = reader.argument();
  if (result == Reader::kNoValue) {
    complain("--", argument.name, argument.kind == Argument::kFlag ? " takes no value" : " needs a value");
  }
  if (argument.kind == Argument::kNumber && !Reader::is_number(argument, reader.value())) {
    char least[11];
    char most[11];
    complain("--", argument.name, " ", reader.value(), ": a number from ", decimal(argument.least, least), " to ",
             decimal(argument.most, most), " is expected");
  }
}

}  // namespace

void declare_arguments(const char* description, const Argument* table, size_t count) {
  load();
  declared = {description, table, count};
  Reader reader(words, words_size, table, count);
  for (Reader::Result result = reader.next(); result != Reader::kEnd; result = reader.next()) check(result, reader);
  for (size_t i = 0; i < count; ++i) {
    if (!table[i].positional || table[i].fallback != nullptr) continue;
    const char* const name = table[i].name;
    if (argument_value(words, words_size, table, count, name) == nullptr) complain(name, " is missing");
  }
}

bool argument(const char* name, char* value, size_t size) {
  load();
  const char* const found = argument_value(words, words_size, declared.table, declared.count, name);
  if (found == nullptr || strlen(found) >= size) return false;
  memcpy(value, found, strlen(found) + 1);
  return true;
}

}  // namespace board

// SPDX-License-Identifier: MIT
// Reads the words of a command line against a table of arguments; the same for the host (argv) and for a
// microcontroller (semihosting). Only looks: no output, no copy of a value.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../board.h"

namespace board {

class ArgumentReader {
 public:
  enum Result : uint8_t {
    kEnd,      // no word is left
    kFound,    // argument() has the value value()
    kHelp,     // --help or -h
    kUnknown,  // word() is in no table
    kForeign,  // word() is name=value with a name that is in no table
    kNoValue,  // argument() was given without a value, or a flag with one
  };

  // `words` is a run of words of `size` bytes in all, each ended by NUL; the first is the program's name.
  ArgumentReader(const char* words, size_t size, const Argument* table, size_t count)
      : next_(words), end_(words + size), table_(table), count_(count) {
    take();
  }

  Result next() {
    word_ = take();
    if (word_ == nullptr) return kEnd;
    if (strcmp(word_, "--help") == 0 || strcmp(word_, "-h") == 0) return kHelp;
    const bool dashed = word_[0] == '-' && word_[1] == '-';
    const char* const name = dashed ? word_ + 2 : word_;
    const char* const equals = strchr(name, '=');
    argument_ = find(name, equals == nullptr ? strlen(name) : static_cast<size_t>(equals - name));
    if (argument_ != nullptr && (dashed || equals != nullptr || argument_->kind == Argument::kFlag)) {
      return value_of(equals);
    }
    if (word_[0] == '-') return kUnknown;
    if (equals != nullptr && is_name(word_, equals)) return kForeign;
    argument_ = next_positional();
    value_ = word_;
    return argument_ != nullptr ? kFound : kUnknown;
  }

  const Argument& argument() const { return *argument_; }
  const char* value() const { return value_; }
  const char* word() const { return word_; }

  // A number in decimal, within the argument's range.
  static bool is_number(const Argument& argument, const char* value) {
    uint64_t number = 0;
    if (*value == '\0') return false;
    for (const char* digit = value; *digit != '\0'; ++digit) {
      if (*digit < '0' || *digit > '9') return false;
      number = number * 10 + static_cast<uint64_t>(*digit - '0');
      if (number > argument.most) return false;
    }
    return number >= argument.least;
  }

 private:
  const char* take() {
    if (next_ >= end_) return nullptr;
    const char* const word = next_;
    while (next_ < end_ && *next_ != '\0') ++next_;
    ++next_;
    return word;
  }

  // A name is made of small letters, digits and dashes; so a URL with an equals sign is none.
  static bool is_name(const char* begin, const char* end) {
    for (const char* each = begin; each < end; ++each) {
      const bool fits = (*each >= 'a' && *each <= 'z') || (*each >= '0' && *each <= '9') || *each == '-';
      if (!fits) return false;
    }
    return begin < end;
  }

  const Argument* find(const char* name, size_t size) const {
    for (size_t i = 0; i < count_; ++i) {
      if (strlen(table_[i].name) == size && memcmp(table_[i].name, name, size) == 0) return &table_[i];
    }
    return nullptr;
  }

  const Argument* next_positional() {
    size_t left = positionals_++;
    for (size_t i = 0; i < count_; ++i) {
      if (table_[i].positional && left-- == 0) return &table_[i];
    }
    return nullptr;
  }

  Result value_of(const char* equals) {
    if (argument_->kind == Argument::kFlag) {
      value_ = "1";
      return equals == nullptr ? kFound : kNoValue;
    }
    value_ = equals != nullptr ? equals + 1 : take();
    return value_ != nullptr ? kFound : kNoValue;
  }

  const char* next_;
  const char* end_;
  const Argument* table_;
  size_t count_;
  size_t positionals_ = 0;
  const Argument* argument_ = nullptr;
  const char* value_ = nullptr;
  const char* word_ = nullptr;
};

// The last value that was given for `name` (in the table or not), its fallback, or nullptr.
inline const char* argument_value(const char* words, size_t size, const Argument* table, size_t count,
                                  const char* name) {
  const Argument alone = {name, "", nullptr};
  const Argument* declared = nullptr;
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(table[i].name, name) == 0) declared = &table[i];
  }
  if (declared == nullptr) {  // the board's own (ip=...), or an application without a table
    table = declared = &alone;
    count = 1;
  }
  const char* value = declared->fallback;
  ArgumentReader reader(words, size, table, count);
  for (ArgumentReader::Result result = reader.next(); result != ArgumentReader::kEnd; result = reader.next()) {
    if (result == ArgumentReader::kFound && strcmp(reader.argument().name, name) == 0) value = reader.value();
  }
  return value;
}

}  // namespace board

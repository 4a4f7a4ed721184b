// SPDX-License-Identifier: MIT
// Reads the words of a command line against a table of arguments; the same for the host (argv) and for a
// microcontroller (semihosting). Only looks: no output, no copy of a value.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../board.h"

namespace board {

class ArgumentReader {
 public:
  enum Result : uint8_t {
    kEnd,      // no word is left
    kFound,    // argument() has the value value()
    kUnknown,  // word() is in no table
    kForeign,  // word() is name=value with a name that is in no table; value() is its value
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
    const bool dashed = word_[0] == '-' && word_[1] == '-';
    name_ = dashed ? word_ + 2 : word_;
    for (size_t i = 0; i < count_; ++i) {
      argument_ = &table_[i];
      const char* const rest = behind(name_, argument_->name);
      // A word without dashes and without a value is an argument of its own, unless it is a flag.
      if (rest != nullptr && (dashed || *rest == '=' || argument_->kind == Argument::kFlag)) return value_of(rest);
    }
    if (word_[0] == '-') return kUnknown;
    if (is_foreign()) return kForeign;
    value_ = word_;
    return next_positional() ? kFound : kUnknown;
  }

  static bool is(const char* left, const char* right) {
    const char* const rest = behind(left, right);
    return rest != nullptr && *rest == '\0';
  }

  // Whether the word that was found, or is foreign, gives the argument `name`.
  bool gives(const char* name) const { return behind(name_, name) != nullptr; }

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

  // The text behind `name`, a value or nothing; nullptr: the word begins with another name.
  static const char* behind(const char* word, const char* name) {
    for (; *name != '\0'; ++name, ++word) {
      if (*word != *name) return nullptr;
    }
    return *word == '=' || *word == '\0' ? word : nullptr;
  }

  // name=value, with a name of small letters, digits and dashes; so a URL with an equals sign is none.
  bool is_foreign() {
    const char* end = word_;
    while ((*end >= 'a' && *end <= 'z') || (*end >= '0' && *end <= '9') || *end == '-') ++end;
    value_ = end + 1;
    return *end == '=' && end != word_;
  }

  bool next_positional() {
    size_t left = positionals_++;
    for (size_t i = 0; i < count_; ++i) {
      argument_ = &table_[i];
      name_ = argument_->name;
      if (argument_->positional && left-- == 0) return true;
    }
    return false;
  }

  Result value_of(const char* rest) {
    const bool has_value = *rest == '=';
    if (argument_->kind == Argument::kFlag) {
      value_ = "1";
      return has_value ? kNoValue : kFound;
    }
    value_ = has_value ? rest + 1 : take();
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
  const char* name_ = nullptr;  // in the word, and what stands behind it; of a word without a name its argument's
};

// The last value that was given for `name` (in the table or not), its fallback, or nullptr.
inline const char* argument_value(const char* words, size_t size, const Argument* table, size_t count,
                                  const char* name) {
  const char* value = nullptr;
  for (size_t i = 0; i < count; ++i) {
    if (ArgumentReader::is(table[i].name, name)) value = table[i].fallback;
  }
  ArgumentReader reader(words, size, table, count);
  for (ArgumentReader::Result result = reader.next(); result != ArgumentReader::kEnd; result = reader.next()) {
    const bool has_value = result == ArgumentReader::kFound || result == ArgumentReader::kForeign;
    if (has_value && reader.gives(name)) value = reader.value();
  }
  return value;
}

}  // namespace board

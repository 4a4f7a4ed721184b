// SPDX-License-Identifier: MIT
// Standard output and standard error. A pipe that is read slowly never makes the program stand still: what it does not
// take waits here, and once that is much the connections are held, so that their peers wait.
#pragma once

#include <stdint.h>

#include <string>
#include <string_view>

#include "editor.h"

namespace whitcat {

class Console {
 public:
  // With an editor, everything goes above its line.
  explicit Console(Editor* editor);

  // Standard output.
  void put(std::string_view bytes);
  bool full() const { return waiting_.size() > kMuch; }
  bool has_output() const { return !waiting_.empty(); }
  // Writes some of what waits; to be called when standard output takes something.
  void flush();
  // Writes all of it, however long that takes: at the end of the program.
  void flush_all();
  // The reader of standard output is gone: `whitcat URL | head -1`.
  bool reader_gone() const { return reader_gone_; }
  // Standard output cannot be written for another reason (a disk that is full).
  int error() const { return error_; }

  // Lines for persons, on standard error.
  void say(std::string_view text);                         // "whitcat: ..."
  void trace(uint32_t elapsed_ms, std::string_view text);  // with the time since the start

  bool interactive() const { return editor_ != nullptr; }
  bool on_terminal() const { return on_terminal_; }  // standard output is one, with an editor or without

 private:
  static constexpr size_t kMuch = 65536;

  void print_error(const std::string& line);
  void write_some(size_t size);

  Editor* editor_;
  std::string waiting_;
  bool may_block_;  // a file or a terminal: it takes everything at once
  bool on_terminal_;
  bool errors_on_terminal_;
  bool reader_gone_ = false;
  int error_ = 0;
};

}  // namespace whitcat

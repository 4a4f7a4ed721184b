// SPDX-License-Identifier: MIT
// Standard input, cut into messages and these into pieces of bounded size: a message is sent while it is still read.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <string>
#include <string_view>

namespace whitcat {

struct Piece {
  std::string_view data;
  bool first = true;  // of its message
  bool last = true;
};

class Input {
 public:
  enum class Cut : uint8_t {
    kLines,   // each line is a message, without its line end; the last one need not have one
    kWhole,   // all of it is one message
    kBlocks,  // each `block_bytes` are a message, the last one may be shorter
    kAdded,   // the messages of add(), from an editor
  };

  explicit Input(Cut cut, uint64_t block_bytes = 0) : cut_(cut), block_bytes_(block_bytes) {}

  // Whether there is room to read more.
  bool wants_more() const { return !at_end_ && cut_ != Cut::kAdded && buffer_.size() - begin_ <= kPieceBytes; }
  // Reads what standard input has; to be called when it is readable.
  void read();

  void add(std::string message) { added_.push_back(std::move(message)); }
  void end() { at_end_ = true; }

  // The piece that is next; it stays so until take(). The view is valid until the next call of this object.
  bool next(Piece* piece);
  void take();
  // Passes over the rest of the message of which a piece was taken: its connection is gone.
  void drop_message();

  bool mid_message() const { return mid_message_; }
  uint64_t number() const { return number_; }  // of the message that is next, from 1
  bool ended();                                // everything is taken, and there will be no more

 private:
  static constexpr size_t kPieceBytes = 60 * 1024;  // a frame with its header fits a buffer

  bool next_line(Piece* piece);
  bool next_part(Piece* piece);
  bool next_added(Piece* piece);

  Cut cut_;
  uint64_t block_bytes_;
  std::string buffer_;
  size_t begin_ = 0;    // of what is not taken, in buffer_
  size_t scanned_ = 0;  // no line end before this, in buffer_
  std::deque<std::string> added_;
  uint64_t offset_ = 0;  // in the message
  uint64_t number_ = 1;
  bool at_end_ = false;
  bool mid_message_ = false;
  bool dropping_ = false;
  // Of the last next():
  size_t used_ = 0;  // with the line end
  bool last_ = false;
  size_t size_ = 0;
};

}  // namespace whitcat

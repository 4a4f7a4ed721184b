// SPDX-License-Identifier: MIT
#include "input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace whitcat {

void Input::read() {
  buffer_.erase(0, begin_);
  scanned_ -= std::min(scanned_, begin_);
  begin_ = 0;
  char part[16384];
  struct pollfd watched = {STDIN_FILENO, POLLIN, 0};
  // More than one read, so that an end right behind the bytes makes them a whole message.
  while (wants_more() && poll(&watched, 1, 0) == 1) {
    const ssize_t got = ::read(STDIN_FILENO, part, sizeof part);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      at_end_ = true;
      return;
    }
    buffer_.append(part, static_cast<size_t>(got));
  }
}

bool Input::next(Piece* piece) {
  for (;;) {
    const bool found = cut_ == Cut::kLines   ? next_line(piece)
                       : cut_ == Cut::kAdded ? next_added(piece)
                                             : next_part(piece);
    if (!found) return false;
    piece->first = !mid_message_;
    last_ = piece->last;
    size_ = piece->data.size();
    if (!dropping_) return true;
    take();
  }
}

bool Input::next_line(Piece* piece) {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const size_t end = buffer_.find('\n', std::max(begin_, scanned_));
  const bool whole = end != std::string::npos && end - begin_ <= kPieceBytes;
  if (whole) {
    used_ = end - begin_ + 1;
    *piece = {rest.substr(0, end - begin_), true, true};
    return true;
  }
  if (end == std::string::npos) scanned_ = buffer_.size();
  const bool is_last = at_end_ && rest.size() <= kPieceBytes && end == std::string::npos;
  if (rest.size() <= kPieceBytes && !(is_last && (!rest.empty() || mid_message_))) return false;
  used_ = std::min(rest.size(), kPieceBytes);
  *piece = {rest.substr(0, used_), true, is_last};
  return true;
}

bool Input::next_part(Piece* piece) {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const bool blocks = cut_ == Cut::kBlocks;
  const uint64_t left = blocks ? block_bytes_ - offset_ : UINT64_MAX;
  used_ = static_cast<size_t>(std::min<uint64_t>({rest.size(), kPieceBytes, left}));
  const bool is_last = used_ == left || (at_end_ && used_ == rest.size());
  // Part of a block waits for the rest, as far as that fits a frame. Of the whole input each byte leaves at once.
  if (blocks && !is_last && used_ < kPieceBytes) return false;
  if (used_ == 0 && !(is_last && mid_message_)) return false;
  *piece = {rest.substr(0, used_), true, is_last};
  return true;
}

bool Input::next_added(Piece* piece) {
  if (added_.empty()) return false;
  const std::string_view rest = std::string_view(added_.front()).substr(static_cast<size_t>(offset_));
  used_ = std::min(rest.size(), kPieceBytes);
  *piece = {rest.substr(0, used_), true, used_ == rest.size()};
  return true;
}

void Input::take() {
  offset_ = last_ ? 0 : offset_ + size_;
  mid_message_ = !last_;
  number_ += last_ ? 1 : 0;
  if (last_) dropping_ = false;
  if (cut_ != Cut::kAdded) {
    begin_ += used_;
  } else if (last_) {
    added_.pop_front();
  }
}

void Input::drop_message() { dropping_ = mid_message_; }

bool Input::ended() {
  Piece piece;
  return at_end_ && !next(&piece);
}

}  // namespace whitcat

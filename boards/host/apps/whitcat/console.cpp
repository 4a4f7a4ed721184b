// SPDX-License-Identifier: MIT
#include "console.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace whitcat {

namespace {

// poll() promises room for so many bytes in a pipe, so that a write of no more does not block. The descriptor itself
// stays as it is: it is shared with the shell and with other programs.
constexpr size_t kPipeRoom = PIPE_BUF;

bool is_regular_file(int descriptor) {
  struct stat about = {};
  return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

bool takes_now(int descriptor) {
  struct pollfd watched = {descriptor, POLLOUT, 0};
  return poll(&watched, 1, 0) == 1;
}

}  // namespace

Console::Console(Editor* editor)
    : editor_(editor),
      may_block_(is_regular_file(STDOUT_FILENO)),
      on_terminal_(isatty(STDOUT_FILENO) == 1),
      errors_on_terminal_(isatty(STDERR_FILENO) == 1) {}

void Console::put(std::string_view bytes) {
  if (reader_gone_ || error_ != 0) return;
  if (editor_ != nullptr) return editor_->print(bytes);
  waiting_ += bytes;
  flush();
}

void Console::flush() {
  size_t done = waiting_.size();
  while (!waiting_.empty() && (may_block_ || takes_now(STDOUT_FILENO))) {
    done = waiting_.size();
    write_some(may_block_ ? done : (done < kPipeRoom ? done : kPipeRoom));
    if (waiting_.size() == done) return;  // nothing was taken
  }
}

void Console::flush_all() {
  while (!waiting_.empty()) write_some(waiting_.size());
}

void Console::write_some(size_t size) {
  const ssize_t written = write(STDOUT_FILENO, waiting_.data(), size);
  if (written >= 0) {
    waiting_.erase(0, static_cast<size_t>(written));
    return;
  }
  if (errno == EINTR || errno == EAGAIN) return;
  reader_gone_ = errno == EPIPE;
  if (!reader_gone_) error_ = errno;
  waiting_.clear();
}

void Console::print_error(const std::string& line) {
  if (editor_ != nullptr && errors_on_terminal_) return editor_->print(line);
  (void)fwrite(line.data(), 1, line.size(), stderr);
}

void Console::say(std::string_view text) {
  std::string line = editor_ != nullptr ? "* " : "whitcat: ";
  line += text;
  print_error(line + "\n");
}

void Console::trace(uint32_t elapsed_ms, std::string_view text) {
  char time[24];
  snprintf(time, sizeof time, "%7.3f ", elapsed_ms / 1000.0);
  print_error(time + std::string(text) + "\n");
}

}  // namespace whitcat

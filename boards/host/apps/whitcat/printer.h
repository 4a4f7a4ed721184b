// SPDX-License-Identifier: MIT
// The form in which messages and other events are shown: as bytes and lines in a pipe, in readable form on a terminal,
// as lines of JSON.
#pragma once

#include <stdint.h>

#include <string>
#include <string_view>

#include "console.h"
#include "options.h"
#include "whit/event.h"

namespace whitcat {

class Printer {
 public:
  Printer(const Options& options, Console* console);

  // `connection`: its number, in a server; 0 in a client, which has one.
  void opened(uint32_t connection, std::string_view peer, std::string_view protocol, std::string_view tls);
  void message(uint32_t connection, const whit::Message& piece);
  void closed(uint32_t connection, const whit::Close& close, std::string_view description);
  void retrying(uint32_t wait_ms);
  void redirected(uint32_t status, std::string_view url);

  // Whether the pieces of another connection's message are being printed: this one has to wait, so that no line holds
  // parts of two messages.
  bool occupied_by_other(uint32_t connection) const { return mid_message_ && current_ != connection; }
  bool mid_message() const { return mid_message_; }

 private:
  void message_to_pipe(const whit::Message& piece);
  void message_to_terminal(const whit::Message& piece);
  void message_to_json(const whit::Message& piece);
  void text_to_terminal(const whit::Message& piece);
  void bytes_to_terminal(const whit::Message& piece);
  std::string mark(const char* sign) const;
  std::string_view whole_characters(const whit::Message& piece);

  Console* console_;
  bool json_;
  bool told_;  // --verbose tells of connections, with times
  bool raw_;   // binary messages leave as they are, with nothing between
  uint32_t current_ = 0;
  bool mid_message_ = false;
  std::string characters_;  // of a text piece, without the begin of one that it cuts
  std::string cut_;         // that begin
};

// Bytes that do nothing to a terminal: control characters as \x1b, line ends with `indent` behind them.
std::string harmless(std::string_view text, std::string_view indent);

}  // namespace whitcat

// SPDX-License-Identifier: MIT
// `whitcat URL`: sends what comes in, prints what the server sends, ends when it is told to.
#pragma once

#include <stdint.h>

#include <string>
#include <string_view>

#include "console.h"
#include "engine.h"
#include "input.h"
#include "options.h"
#include "printer.h"
#include "request.h"
#include "whit/client.h"
#include "whit/reconnect.h"
#include "whit/redirect.h"

namespace whitcat {

class Client {
 public:
  // `editor`: nullptr where the input is no terminal.
  Client(const Options& options, Engine* engine, Console* console, Editor* editor);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Exit run();

 private:
  void begin();
  void turn();
  void on_event(const whit::Event& event);
  void on_open(const whit::WebSocket& socket);
  void on_message(const whit::Event& event);
  void on_close(const whit::Close& close);
  void take_input(bool readable);
  void send_input();
  void refuse_text();
  std::string_view early_end();
  void check_signals();
  void check_end();
  void check_answer();
  void end();
  bool was_redirected(const whit::Close& close);
  bool may_send() const;
  bool over() const;
  uint32_t wait_ms() const;
  void trace(std::string_view text);
  void trace_piece(const char* sign, bool text, uint64_t size, bool first, bool last);
  static void on_response_field(whit::WebSocket socket, whit::Text name, whit::Text value);

  static constexpr size_t kMaxUrlBytes = 16384;  // of a redirection

  const Options& options_;
  Engine& engine_;
  Console& console_;
  Editor* editor_;
  Printer printer_;
  Input input_;
  Request request_;
  whit::Client client_;
  whit::Reconnect reconnect_;
  uint8_t urls_[2 * kMaxUrlBytes];
  whit::Redirect redirect_;

  const uint64_t wanted_;  // messages to receive; 0: no limit
  uint32_t begin_ms_;
  uint32_t now_ms_;
  uint32_t quiet_since_ms_;  // the last message, or the end of the input
  uint64_t sent_ = 0;        // messages
  uint64_t received_ = 0;
  bool open_ = false;
  bool blocked_ = false;     // a piece waits for room
  bool held_ = false;        // a message waits for standard output
  bool input_over_ = false;  // all of it is sent
  bool ending_ = false;      // no more is wanted, the closing handshake is under way
  bool ended_ = false;       // the connection, and no other one follows
  int signals_ = 0;
  std::string refusal_;  // fields of an answer that say why it is a refusal, and what to do
  Exit exit_ = Exit::kClean;
};

}  // namespace whitcat

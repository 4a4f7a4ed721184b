// SPDX-License-Identifier: MIT
// `whitcat --listen PORT`: a server that prints what arrives, sends the input to all who are connected, and echoes if
// wanted.
#pragma once

#include <stdint.h>

#include <string>
#include <string_view>
#include <vector>

#include "console.h"
#include "engine.h"
#include "input.h"
#include "options.h"
#include "printer.h"
#include "whit/server.h"

namespace whitcat {

class Server {
 public:
  Server(const Options& options, Engine* engine, Console* console, Editor* editor);

  Exit run();

 private:
  struct Peer {
    whit::WebSocket socket;
    uint32_t number = 0;
    bool open = false;
    bool held = false;        // its message waits for standard output, or for another's message
    bool in_message = false;  // has the first piece of the input's message
    bool has_piece = false;   // has the present piece
  };

  void listen();
  void turn();
  void on_event(const whit::Event& event);
  void on_open(Peer* peer, const whit::WebSocket& socket);
  void on_message(Peer* peer, const whit::Event& event);
  void on_close(Peer* peer, const whit::Close& close);
  void take_input(bool readable);
  void send_input();
  bool send_to_all(const Piece& piece);
  void check_signals();
  void resume_held();
  void end();
  void trace(const Peer& peer, std::string_view text);

  const Options& options_;
  Engine& engine_;
  Console& console_;
  Editor* editor_;
  Printer printer_;
  Input input_;
  whit::ServerOptions server_options_;
  std::vector<whit::Text> protocols_;
  whit::Server server_;
  std::vector<Peer> peers_;  // by WebSocket::index()

  uint32_t begin_ms_;
  uint32_t now_ms_;
  uint32_t connections_ = 0;  // so far
  uint32_t open_ = 0;
  uint64_t received_ = 0;  // messages
  bool input_paused_ = false;
  bool ending_ = false;
  int signals_ = 0;
  Exit exit_ = Exit::kClean;
};

}  // namespace whitcat

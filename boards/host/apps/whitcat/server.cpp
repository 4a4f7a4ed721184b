// SPDX-License-Identifier: MIT
#include "server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "request.h"

namespace whitcat {

using whit::Event;
using whit::MessageType;
using whit::Status;

namespace {

Input::Cut cut_for(const Options& options, const Editor* editor) {
  if (editor != nullptr) return Input::Cut::kAdded;
  if (!options.binary) return Input::Cut::kLines;
  return options.size != 0 ? Input::Cut::kBlocks : Input::Cut::kWhole;
}

std::string address_text(const whit::Address& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (address.size != 0) inet_ntop(address.size == 4 ? AF_INET : AF_INET6, address.bytes, text, sizeof text);
  const bool brackets = address.size == 16;
  return (brackets ? "[" : "") + std::string(text) + (brackets ? "]:" : ":") + std::to_string(address.port);
}

}  // namespace

Server::Server(const Options& options, Engine* engine, Console* console, Editor* editor)
    : options_(options),
      engine_(*engine),
      console_(*console),
      editor_(editor),
      printer_(options, console),
      input_(cut_for(options, editor), options.size),
      server_(engine->loop()),
      peers_(Loop::kSlots),
      begin_ms_(engine->now_ms()),
      now_ms_(begin_ms_) {
  for (const std::string& each : options.protocols) protocols_.push_back(as_text(each));
  server_options_.protocols = protocols_.data();
  server_options_.protocol_count = protocols_.size();
  server_options_.address = as_text(options.listen_address);
  server_options_.port = options.listen_port;
  server_options_.secure = !options.certificate.empty();
  set_times(options, &server_options_);
}

Exit Server::run() {
  listen();
  while (!ending_ || open_ != 0) turn();
  // The last frames are on their way: the loop goes on until the peers have ended TCP, too.
  const uint32_t ended_ms = engine_.now_ms();
  while (engine_.now_ms() - ended_ms < 200 && signals_ < 2) {
    engine_.wait(20, false, false);
    while (engine_.loop().poll(engine_.now_ms())) {
    }
  }
  return exit_;
}

void Server::listen() {
  const Status status = server_.listen(server_options_);
  const std::string& address = options_.listen_address;
  const bool brackets = address.find(':') != std::string::npos;
  const std::string host = brackets ? "[" + address + "]" : address;
  if (status == Status::kInUse) {
    give_up(Exit::kConnect, "--listen " + host + ":" + std::to_string(options_.listen_port) +
                                ": the port is in use: another program listens there");
  }
  if (status == Status::kInvalidArgument) {
    give_up(Exit::kUsage, "--listen " + host + ": not an address of this machine");
  }
  if (status != Status::kOk) {
    give_up(Exit::kConnect, "--listen " + host + ":" + std::to_string(options_.listen_port) + ": " +
                                strerror(engine_.network().error()));
  }
  console_.say("listening on " + std::string(server_options_.secure ? "wss://" : "ws://") + host + ":" +
               std::to_string(server_.port()) + "/");
}

void Server::turn() {
  const bool wants_input = input_.wants_more() && open_ != 0 && !input_paused_;
  const Ready ready =
      engine_.wait(engine_.loop().wait_ms(), editor_ != nullptr ? !ending_ : wants_input, console_.has_output());
  now_ms_ = engine_.now_ms();
  if (ready.output) console_.flush();
  take_input(ready.input);
  check_signals();
  resume_held();
  while (const Event event = engine_.loop().poll(now_ms_)) on_event(event);
  send_input();
}

void Server::on_event(const Event& event) {
  Peer* const peer = &peers_[event.socket.index()];
  switch (event.type) {
    case Event::kOpen:
      return on_open(peer, event.socket);
    case Event::kMessage:
      return on_message(peer, event);
    case Event::kWritable:
      return send_input();
    case Event::kClose:
      return on_close(peer, event.close);
    default:
      return;
  }
}

void Server::on_open(Peer* peer, const whit::WebSocket& socket) {
  *peer = Peer();
  peer->socket = socket;
  peer->number = ++connections_;
  peer->open = true;
  peer->has_piece = true;  // a piece that waits is not for those who come later
  ++open_;
  const std::string protocol(socket.protocol().data, socket.protocol().size);
  const std::string tls = engine_.tls_text();
  trace(*peer, "* open, " + address_text(socket.remote()));
  printer_.opened(peer->number, address_text(socket.remote()), protocol, tls);
}

void Server::on_message(Peer* peer, const Event& event) {
  const whit::Message& piece = event.message;
  if (ending_) return;
  if (console_.full() || printer_.occupied_by_other(peer->number)) {
    peer->held = true;
    return event.socket.hold();
  }
  if (options_.echo && event.socket.send(piece) == Status::kWouldBlock) return event.socket.hold();
  trace(*peer, "< " + std::string(piece.type == MessageType::kText ? "text, " : "binary, ") +
                   std::to_string(piece.data.size) + " bytes");
  printer_.message(peer->number, piece);
  if (!piece.last) return;
  ++received_;
  if (options_.count != 0 && received_ == options_.count) end();
}

void Server::on_close(Peer* peer, const whit::Close& close) {
  const std::string text = engine_.describe(close);
  trace(*peer, "* " + text);
  printer_.closed(peer->number, close, text);
  if (peer->open) --open_;
  *peer = Peer();
}

void Server::take_input(bool readable) {
  if (editor_ == nullptr) {
    if (readable) input_.read();
    return;
  }
  if (readable) editor_->read();
  std::string line;
  while (editor_->next(&line)) {
    if (open_ == 0) console_.say("nobody is connected: this line is not sent");
    if (open_ != 0 && !line.empty()) input_.add(line);
  }
  if (editor_->ended() && !ending_) end();
}

void Server::send_input() {
  Piece piece;
  while (!ending_ && open_ != 0 && input_.next(&piece)) {
    if (!input_paused_) {  // a new piece
      for (Peer& peer : peers_) peer.has_piece = !peer.open || (!piece.first && !peer.in_message);
    }
    input_paused_ = !send_to_all(piece);
    if (input_paused_) return;
    input_.take();
  }
}

// False: some have no room for it yet, and a kWritable event follows.
bool Server::send_to_all(const Piece& piece) {
  whit::Message message;
  message.data = {reinterpret_cast<const uint8_t*>(piece.data.data()), piece.data.size()};
  message.type = options_.binary ? MessageType::kBinary : MessageType::kText;
  message.first = piece.first;
  message.last = piece.last;
  bool all = true;
  for (Peer& peer : peers_) {
    if (peer.has_piece) continue;
    const Status status = peer.socket.send(message);
    if (status == Status::kWouldBlock) {
      all = false;
      continue;
    }
    if (status == Status::kInvalidArgument && peer.socket.ready_state() == whit::ReadyState::kOpen) {
      console_.say("line " + std::to_string(input_.number()) + " of the input is not UTF-8: it was not sent");
      if (!piece.first) (void)peer.socket.close(whit::close_code::kInternalError);
    }
    if (status == Status::kOk) {
      trace(peer, "> " + std::to_string(piece.data.size()) + " bytes");
      peer.in_message = !piece.last;
    }
    peer.has_piece = true;
  }
  return all;
}

void Server::resume_held() {
  if (console_.full()) return;
  for (Peer& peer : peers_) {
    if (!peer.held || printer_.occupied_by_other(peer.number)) continue;
    peer.held = false;
    peer.socket.resume();
  }
}

void Server::check_signals() {
  if (console_.reader_gone() && !ending_) end();
  if (console_.error() != 0 && !ending_) {
    console_.say(std::string("standard output cannot be written: ") + strerror(console_.error()));
    exit_ = Exit::kFailure;
    end();
  }
  const int signals = engine_.signals();
  if (signals == signals_) return;
  exit_ = engine_.signal_exit();
  if (signals_ != 0) {
    for (Peer& peer : peers_) peer.socket.abort();
  }
  signals_ = signals;
  end();
}

void Server::end() {
  if (ending_) return;
  ending_ = true;
  for (Peer& peer : peers_) {
    if (peer.open) (void)peer.socket.close(options_.close_code, as_text(options_.close_reason));
  }
  server_.stop(options_.close_code);
}

void Server::trace(const Peer& peer, std::string_view text) {
  if (!options_.verbose) return;
  console_.trace(now_ms_ - begin_ms_, std::to_string(peer.number) + " " + std::string(text));
}

}  // namespace whitcat

// SPDX-License-Identifier: MIT
#include "client.h"

#include <string.h>
#include <strings.h>

#include <algorithm>
#include <string>

namespace whitcat {

using whit::Event;
using whit::MessageType;
using whit::Status;

namespace {

// ClientOptions::on_response_field has no argument of its own.
Client* active;

Input::Cut cut_for(const Options& options, const Editor* editor) {
  if (editor != nullptr) return Input::Cut::kAdded;
  if (!options.binary) return Input::Cut::kLines;
  return options.size != 0 ? Input::Cut::kBlocks : Input::Cut::kWhole;
}

whit::Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

uint32_t milliseconds(double seconds) { return static_cast<uint32_t>(seconds * 1000); }

}  // namespace

Client::Client(const Options& options, Engine* engine, Console* console, Editor* editor)
    : options_(options),
      engine_(*engine),
      console_(*console),
      editor_(editor),
      printer_(options, console),
      input_(cut_for(options, editor), options.size),
      request_(options),
      client_(engine->loop()),
      reconnect_(client_, engine->network(), request_.options()),
      redirect_(client_, request_.options(), {urls_, sizeof urls_}),
      wanted_(options.once ? 1 : options.count),
      begin_ms_(engine->now_ms()),
      now_ms_(begin_ms_),
      quiet_since_ms_(begin_ms_) {
  active = this;
  request_.options().on_response_field = on_response_field;
  redirect_.foreign_fields = Request::write_foreign_fields;
  redirect_.limit = static_cast<uint8_t>(options.redirects);
}

Client::~Client() { active = nullptr; }

Exit Client::run() {
  begin();
  while (!over()) turn();
  return exit_;
}

void Client::begin() {
  trace("* connecting to " + options_.url);
  const Status status = options_.reconnect ? reconnect_.start(now_ms_) : client_.connect(request_.options());
  // All else was checked before.
  if (status != Status::kOk) give_up(Exit::kUsage, "--origin, or the user of --auth, is not valid in a field of HTTP");
}

void Client::turn() {
  const bool wants_input = input_.wants_more() && may_send();
  const Ready ready = engine_.wait(wait_ms(), editor_ != nullptr ? !input_over_ : wants_input, console_.has_output());
  now_ms_ = engine_.now_ms();
  if (ready.output) console_.flush();
  take_input(ready.input);
  check_signals();
  if (client_.socket().ready_state() != whit::ReadyState::kConnecting) request_.poll(now_ms_);
  if (options_.reconnect) reconnect_.poll(now_ms_);
  if (held_ && !console_.full()) {
    held_ = false;
    client_.socket().resume();
  }
  while (const Event event = engine_.loop().poll(now_ms_)) {
    const bool wanted = !options_.reconnect || reconnect_.state() == whit::Reconnect::State::kConnecting;
    redirect_.on_event(event, wanted && !ending_);
    if (options_.reconnect) reconnect_.on_event(event);
    on_event(event);
  }
  send_input();
  check_answer();
  check_end();
}

uint32_t Client::wait_ms() const {
  uint32_t wait_ms = engine_.loop().wait_ms();
  if (options_.reconnect) wait_ms = reconnect_.wait_ms(wait_ms);
  double limit_s = -1;
  if (input_over_ && !ending_ && wanted_ == 0) limit_s = options_.wait_s;
  if (wanted_ != 0 && options_.timeout_s > 0) limit_s = options_.timeout_s;
  if (limit_s < 0 || !open_) return wait_ms;
  const uint32_t passed_ms = now_ms_ - quiet_since_ms_;
  const uint32_t limit_ms = milliseconds(limit_s) + 1;
  return std::min(wait_ms, passed_ms < limit_ms ? limit_ms - passed_ms : 0);
}

void Client::on_event(const Event& event) {
  switch (event.type) {
    case Event::kOpen:
      return on_open(event.socket);
    case Event::kMessage:
      return on_message(event);
    case Event::kWritable:
      blocked_ = false;
      return send_input();
    case Event::kClose:
      return on_close(event.close);
    default:
      return;
  }
}

void Client::on_open(const whit::WebSocket& socket) {
  open_ = true;
  quiet_since_ms_ = now_ms_;
  const std::string tls = engine_.tls_text();
  const std::string protocol(socket.protocol().data, socket.protocol().size);
  trace("* open, HTTP status 101" + (protocol.empty() ? "" : ", protocol " + protocol) +
        (tls.empty() ? "" : ", " + tls));
  if (protocol.empty() && !options_.protocols.empty()) console_.say("the server has chosen none of the subprotocols");
  const whit::Text url = request_.options().url;  // where redirections have led
  printer_.opened(0, {url.data, url.size}, protocol, tls);
}

void Client::on_message(const Event& event) {
  if (ending_) return;
  if (console_.full()) {
    held_ = true;
    return event.socket.hold();
  }
  const whit::Message& piece = event.message;
  trace_piece("< ", piece.type == MessageType::kText, piece.offset + piece.data.size, piece.first, piece.last);
  printer_.message(0, piece);
  quiet_since_ms_ = now_ms_;
  if (!piece.last || (options_.once && sent_ == 0)) return;  // what comes before the question is no answer
  ++received_;
  if (wanted_ != 0 && received_ == wanted_) end();
}

// A connection that ends well, but before all was done, is a failure for a script.
std::string_view Client::early_end() {
  Piece piece;
  if (ending_ || editor_ != nullptr) return "";
  if (wanted_ != 0) return ", before all messages had come";
  return input_.next(&piece) ? ", before all of the input was sent" : "";
}

// Whether another connection has begun instead. Else `refusal_` says why a redirection was not followed.
bool Client::was_redirected(const whit::Close& close) {
  const whit::Redirect::Result result = redirect_.result();
  if (result == whit::Redirect::Result::kNone) return false;
  if (result != whit::Redirect::Result::kFollowed) {
    const whit::Text why = whit::to_text(result);
    refusal_ += "; not followed: " + std::string(why.data, why.size);
    return false;
  }
  const whit::Text url = request_.options().url;
  refusal_.clear();
  trace("* HTTP status " + std::to_string(close.cause.code) + ", redirected to " + std::string(url.data, url.size));
  printer_.redirected(static_cast<uint32_t>(close.cause.code), {url.data, url.size});
  return true;
}

void Client::on_close(const whit::Close& close) {
  if (was_redirected(close)) return;
  const bool again = options_.reconnect && !ending_ && reconnect_.state() == whit::Reconnect::State::kWaiting;
  std::string text = engine_.describe(close);
  if (close.cause.where == whit::Cause::kHandshake) text += refusal_;
  Exit code = ending_ && close.was_clean ? Exit::kClean : exit_code(close);
  const std::string_view early = open_ && !again && code == Exit::kClean ? early_end() : "";
  if (!early.empty()) code = Exit::kPeerClosed;
  text += early;
  trace("* " + text);
  printer_.closed(0, close, text);
  if (!console_.interactive() && code != Exit::kClean) console_.say(text);
  if (input_.mid_message()) input_.drop_message();
  open_ = blocked_ = held_ = false;
  refusal_.clear();
  if (again) return printer_.retrying(reconnect_.wait_ms(UINT32_MAX));
  if (exit_ == Exit::kClean) exit_ = code;
  ended_ = true;
}

void Client::take_input(bool readable) {
  if (editor_ == nullptr) {
    if (readable) input_.read();
    return;
  }
  if (readable) editor_->read();
  std::string line;
  while (editor_->next(&line)) {
    if (line.empty()) continue;
    if (!open_) console_.say("not connected: the line waits");
    input_.add(line);
  }
  if (editor_->ended()) input_.end();
}

bool Client::may_send() const {
  const bool enough = options_.once && sent_ != 0;
  return open_ && !ending_ && !blocked_ && !enough;
}

void Client::send_input() {
  Piece piece;
  while (may_send() && input_.next(&piece)) {
    whit::Message message;
    message.data = as_bytes(piece.data);
    message.type = options_.binary ? MessageType::kBinary : MessageType::kText;
    message.first = piece.first;
    message.last = piece.last;
    const Status status = client_.socket().send(message);
    if (status == Status::kWouldBlock) blocked_ = true;
    if (status == Status::kInvalidArgument) refuse_text();
    if (status != Status::kOk) return;
    trace_piece("> ", !options_.binary, piece.data.size(), piece.first, piece.last);
    quiet_since_ms_ = now_ms_;
    sent_ += piece.last ? 1 : 0;
    input_.take();
  }
  if (!open_ || ending_ || input_over_ || !input_.ended()) return;
  input_over_ = true;
  quiet_since_ms_ = now_ms_;
}

// A person may try again; a script has to know.
void Client::refuse_text() {
  const std::string number = std::to_string(input_.number());
  if (editor_ != nullptr && !input_.mid_message()) {
    console_.say("this line is not UTF-8: it was not sent");
    input_.take();
    return;
  }
  console_.say("line " + number + " of the input is not UTF-8: it was not sent (--binary sends any bytes)");
  exit_ = Exit::kBadInput;
  end();
}

void Client::check_signals() {
  const int signals = engine_.signals();
  if (console_.reader_gone() && !ending_) end();
  if (console_.error() != 0 && !ending_) {
    console_.say(std::string("standard output cannot be written: ") + strerror(console_.error()));
    exit_ = Exit::kFailure;
    end();
  }
  if (signals == signals_) return;
  exit_ = engine_.signal_exit();
  if (signals_ != 0) {  // the second one: at once
    client_.socket().abort();
    ended_ = true;
  }
  signals_ = signals;
  end();
}

void Client::check_answer() {
  if (wanted_ == 0 || options_.timeout_s <= 0 || !open_ || ending_) return;
  if (now_ms_ - quiet_since_ms_ <= milliseconds(options_.timeout_s)) return;
  console_.say("no message for the seconds of --timeout");
  exit_ = Exit::kTimeout;
  end();
}

// Messages that were asked for by --count are waited for; the end of an editor's input is the end of the conversation.
void Client::check_end() {
  if (!input_over_ || ending_ || blocked_ || held_ || !open_) return;
  if (editor_ != nullptr) return end();
  if (options_.once && sent_ == 0) return end();
  if (wanted_ != 0 || options_.wait_s < 0 || printer_.mid_message()) return;
  if (now_ms_ - quiet_since_ms_ > milliseconds(options_.wait_s)) end();
}

void Client::end() {
  ending_ = true;
  if (open_) {
    trace("* closing with code " + std::to_string(options_.close_code));
    (void)client_.socket().close(options_.close_code, as_text(options_.close_reason));
  } else {
    client_.socket().abort();
  }
  if (!options_.reconnect) return;
  // A wait between two connections ends here, without an event.
  if (reconnect_.state() == whit::Reconnect::State::kWaiting) ended_ = true;
  reconnect_.stop(options_.close_code);
}

bool Client::over() const { return ended_ && (client_.is_over() || signals_ > 1); }

void Client::trace(std::string_view text) {
  if (options_.verbose) console_.trace(now_ms_ - begin_ms_, harmless(text, "  "));
}

void Client::trace_piece(const char* sign, bool text, uint64_t size, bool first, bool last) {
  if (!options_.verbose) return;
  std::string line = std::string(sign) + (text ? "text, " : "binary, ");
  if (!first || !last) line += last ? "the last piece, " : "a piece, ";
  trace(line + std::to_string(size) + (size == 1 ? " byte" : " bytes"));
}

void Client::on_response_field(whit::WebSocket socket, whit::Text name, whit::Text value) {
  if (active == nullptr) return;
  const std::string field(name.data, name.size);
  const std::string line = field + ": " + std::string(value.data, value.size);
  active->trace("< " + line);
  for (const char* const name_of_reason : {"Location", "WWW-Authenticate", "Proxy-Authenticate", "Retry-After"}) {
    if (strcasecmp(field.c_str(), name_of_reason) == 0) active->refusal_ += ", " + harmless(line, "");
  }
  active->request_.on_response_field(socket, name, value);
  active->redirect_.on_response_field(socket, name, value);
  if (active->options_.reconnect) active->reconnect_.on_response_field(socket, name, value);
}

}  // namespace whitcat

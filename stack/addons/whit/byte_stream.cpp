// SPDX-License-Identifier: MIT
#include "whit/byte_stream.h"

#include "whit/copy.h"
#include "whit/require_protocol.h"

namespace whit {

const Text kMqttProtocol = "mqtt";

void accept_mqtt(WebSocket socket) {
  Request request;
  Text chosen;
  if (!socket.request(&request) || !require_protocol(socket, request, &kMqttProtocol, 1, &chosen)) return;
  if (socket.accept(chosen) != Status::kOk) (void)socket.reject(431);  // the answer does not fit beside the request
}

void ByteStream::open(WebSocket socket) {
  socket_ = socket;
  close_ = {};
  begin_ = filled_ = gathered_ = 0;
  end_ = End::kNone;
  held_ = flushing_ = mid_message_ = broken_ = false;
}

void ByteStream::on_event(const Event& event) {
  if (end_ != End::kNone || event.socket != socket_) return;
  switch (event.type) {
    case Event::kMessage:
      if (event.message.type == MessageType::kBinary) return take(event.message);
      broken_ = true;
      (void)socket_.close(close_code::kUnsupportedData, "only binary messages make this stream");
      return;
    case Event::kSkipped:
      broken_ = true;
      (void)socket_.close(close_code::kMessageTooBig, "the stream would have a hole");
      return;
    case Event::kWritable:
      if (flushing_) (void)flush();
      return;
    case Event::kClose:
      close_ = event.close;
      close_.reason = {};
      end_ = close_.was_clean && !broken_ ? End::kInOrder : End::kFailed;
      return;
    default:
      return;
  }
}

void ByteStream::take(const Message& message) {
  Bytes rest = message.data;
  while (!rest.empty() && filled_ != input_.size) {
    size_t end = begin_ + filled_;
    if (end >= input_.size) end -= input_.size;
    const size_t room = end < begin_ ? begin_ - end : input_.size - end;
    const size_t size = rest.size < room ? rest.size : room;
    copy(input_.data + end, rest.data, size);
    filled_ += size;
    rest = rest.from(size);
  }
  held_ = !rest.empty();
  if (!held_) return;
  socket_.consume(message.data.size - rest.size);
  socket_.hold();
}

void ByteStream::poll() {
  if (!held_ || filled_ == input_.size) return;
  held_ = false;
  socket_.resume();
}

Status ByteStream::read(MutableBytes room, size_t* size) {
  size_t taken = 0;
  while (taken != room.size && filled_ != 0) {
    const size_t straight = filled_ < input_.size - begin_ ? filled_ : input_.size - begin_;
    const size_t part = straight < room.size - taken ? straight : room.size - taken;
    copy(room.data + taken, input_.data + begin_, part);
    begin_ = begin_ + part == input_.size ? 0 : begin_ + part;
    filled_ -= part;
    taken += part;
  }
  *size = taken;
  if (taken != 0) return Status::kOk;
  if (end_ == End::kNever) return Status::kNotOpen;
  if (filled_ != 0 || end_ == End::kNone) return Status::kWouldBlock;
  return end_ == End::kInOrder ? Status::kClosed : Status::kFailed;
}

Status ByteStream::write(Bytes bytes, size_t* taken) {
  *taken = 0;
  if (socket_.ready_state() != ReadyState::kOpen) return Status::kNotOpen;
  if (bytes.empty()) return Status::kOk;
  if (output_.empty()) {
    const size_t most = socket_.max_send();
    const Bytes part = bytes.first(bytes.size < most ? bytes.size : most);
    const Status status = socket_.send(part, MessageType::kBinary);
    if (status == Status::kOk) *taken = part.size;
    return status;
  }
  if (flushing_) return Status::kWouldBlock;
  while (*taken != bytes.size) {
    // A packet larger than the memory goes on in further frames of the same message.
    if (gathered_ == output_.size) {
      const Status status = send_gathered(false);
      if (status != Status::kOk) return *taken != 0 ? Status::kOk : status;
    }
    const size_t room = output_.size - gathered_;
    const size_t size = bytes.size - *taken < room ? bytes.size - *taken : room;
    copy(output_.data + gathered_, bytes.data + *taken, size);
    gathered_ += size;
    *taken += size;
  }
  return Status::kOk;
}

Status ByteStream::flush() {
  if (socket_.ready_state() != ReadyState::kOpen) return Status::kNotOpen;
  const Status status = gathered_ == 0 ? Status::kOk : send_gathered(true);
  flushing_ = status == Status::kWouldBlock;
  return status;
}

Status ByteStream::send_gathered(bool last) {
  Message piece;
  const size_t most = socket_.max_send();
  while (gathered_ != 0) {
    piece.data = {output_.data, gathered_ < most ? gathered_ : most};
    piece.first = !mid_message_;
    piece.last = last && piece.data.size == gathered_;
    const Status status = socket_.send(piece);
    if (status != Status::kOk) return status;
    mid_message_ = !piece.last;
    gathered_ -= piece.data.size;
    copy(output_.data, output_.data + piece.data.size, gathered_);
  }
  return Status::kOk;
}

bool ByteStream::run_turn() {
  if (turn == nullptr || in_turn_) return false;
  in_turn_ = true;
  turn(this);
  in_turn_ = false;
  return true;
}

int32_t transport_recv(ByteStream* stream, void* buffer, size_t size) {
  (void)stream->flush();
  const MutableBytes room{static_cast<uint8_t*>(buffer), size < INT32_MAX ? size : INT32_MAX};
  size_t taken = 0;
  Status status = stream->read(room, &taken);
  if (status == Status::kWouldBlock && stream->run_turn()) status = stream->read(room, &taken);
  if (status == Status::kOk) return static_cast<int32_t>(taken);
  if (status == Status::kWouldBlock) return 0;
  return status == Status::kClosed ? kTransportClosed : kTransportFailed;
}

int32_t transport_send(ByteStream* stream, const void* buffer, size_t size) {
  if (size == 0) return 0;
  const Bytes bytes{static_cast<const uint8_t*>(buffer), size < INT32_MAX ? size : INT32_MAX};
  size_t taken = 0;
  Status status = stream->write(bytes, &taken);
  if (status == Status::kWouldBlock && stream->run_turn()) status = stream->write(bytes, &taken);
  if (status == Status::kOk) return static_cast<int32_t>(taken);
  return status == Status::kWouldBlock ? 0 : kTransportFailed;
}

int32_t transport_send_packet(ByteStream* stream, const void* buffer, size_t size) {
  const int32_t sent = transport_send(stream, buffer, size);
  // One that has no room now leaves by itself (on_event()).
  if (sent >= 0 && static_cast<size_t>(sent) == size && stream->flush() == Status::kNotOpen) return kTransportFailed;
  return sent;
}

}  // namespace whit

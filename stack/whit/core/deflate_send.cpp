// SPDX-License-Identifier: MIT
// Sending compressed messages (RFC 7692, 6.1 and 7.2.1): the frame is made in the output, where it leaves from.
#include "whit/copy.h"
#include "whit/core/core.h"
#include "whit/deflate/deflater.h"
#include "whit/permessage_deflate.h"

namespace whit::core {

namespace {

constexpr uint8_t kCompressed = 0x40;  // RSV1

// What no compression makes shorter is stored, which adds five bytes to each 4,096, and as many at the end.
size_t longest_form(size_t size) { return size + size / 512 + 16; }

// The end of what was sent stays, as far as the history has room.
void remember(DeflateLayer* layer, uint32_t capacity, Bytes data) {
  if (data.size > capacity) data = data.from(data.size - capacity);
  const uint32_t size = static_cast<uint32_t>(data.size);
  uint32_t kept = layer->history_bytes;
  if (kept > capacity - size) {
    copy(layer->history, layer->history + (kept - (capacity - size)), capacity - size);
    kept = capacity - size;
  }
  copy(layer->history + kept, data.data, size);
  layer->history_bytes = kept + size;
}

}  // namespace

Status Core::send_deflated(WebSocket socket, const Message& piece, deflate::Deflater* deflater) {
  Connection* const connection = socket.connection();
  if (connection == nullptr) return Status::kNotOpen;
  Core& core = *socket.core_;
  Connection& c = *connection;
  // A program that sends compressed messages has no other extension.
  auto* const extension = static_cast<PermessageDeflate*>(c.endpoint->options().compression);
  DeflateLayer* const layer = extension != nullptr ? extension->layer_of(c) : nullptr;
  const bool whole = piece.first && piece.last;
  const bool plain =
      piece.first ? whole && piece.data.size < config::kDeflateMinBytes : layer == nullptr || !layer->compressing;
  if (c.state != State::kOpen || layer == nullptr || !layer->is_active() || plain || piece.first == c.mid_message_out) {
    return core.send_frame(connection, piece);
  }
  kernels::Utf8 text;
  if (piece.type == MessageType::kText && !c.transmitter.text_valid(piece.data, piece.first, piece.last, &text)) {
    return Status::kInvalidArgument;
  }
  // A whole message gets room for one byte less than it has, because it leaves plain if it does not get shorter.
  size_t most = whole ? piece.data.size - 1 : longest_form(piece.data.size);
  if (most > core.max_send(c)) most = core.max_send(c);
  const size_t frame = frame_size(c, most);
  if (!core.make_room(connection, frame)) return owe_writable(connection, frame);
  if (core.reserved_ == connection) core.reserved_ = nullptr;  // its place is taken
  core.output_.add(c.index);                                   // gives the buffer back if it is not used
  uint8_t* const place = c.tx_buffer + c.transmitter.end() + (frame - most);
  const size_t size = deflater->compress({layer->history, layer->history_bytes}, piece.data, layer->send_bits,
                                         piece.last, {place, most});
  if (size == 0) return whole ? core.send_frame(connection, piece) : Status::kTooLarge;
  c.transmitter.text_checked(text);
  const auto opcode = piece.first ? static_cast<wire::Opcode>(piece.type) : wire::Opcode::kContinuation;
  const uint8_t rsv1 = piece.first ? kCompressed : uint8_t{0};
  const uint8_t first = static_cast<uint8_t>(wire::first_byte(opcode, piece.last) | rsv1);
  if (!core.append(connection, first, {place, size})) return Status::kNotOpen;
  c.mid_message_out = layer->compressing = !piece.last;
  if (layer->history != nullptr) remember(layer, extension->history_capacity(), piece.data);
  return Status::kOk;
}

}  // namespace whit::core

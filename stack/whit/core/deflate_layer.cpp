// SPDX-License-Identifier: MIT
// Receiving compressed messages (RFC 7692, 6.2 and 7.2.2): frames in, plain fragments out.
#include "whit/core/deflate_layer.h"

#include "whit/copy.h"
#include "whit/core/core.h"
#include "whit/permessage_deflate.h"
#include "whit/wire/close_code.h"

namespace whit::core {

using deflate::Inflater;
using wire::Opcode;

namespace {

constexpr uint8_t kCompressed = 0x40;  // RSV1 of the first byte of a frame
constexpr unsigned kMaxSteps = 32;     // of one read: frames, or parts of them
constexpr unsigned kMaxInputs = 8;     // of one step: parts of a payload of which nothing may come out
constexpr size_t kLeastRoom = 16;      // for a fragment; one for less is put together elsewhere
constexpr size_t kMostPayload = 0xFFFF;
constexpr uint8_t kTail[] = {0x00, 0x00, 0xFF, 0xFF};  // RFC 7692, 7.2.2
static_assert(config::kDeflateInputBytes >= sizeof kTail);

// A 101 that RFC 6455, 4.1 lets pass is no shorter.
constexpr size_t kShortestHead =
    sizeof "HTTP/1.1 101 \r\nUpgrade:websocket\r\nConnection:upgrade\r\nSec-WebSocket-Accept:" - 1 + wire::kAcceptSize +
    sizeof "\r\n\r\n" - 1;
constexpr char kHeadEnd[] = "\r\n\r\n";
constexpr uint8_t kHeadEndSize = sizeof kHeadEnd - 1;

}  // namespace

void DeflateLayer::begin(PermessageDeflate* extension, const Connection& connection, Transport* below) {
  below_ = below;
  extension_ = extension;
  index_ = connection.index;
  generation_ = connection.generation;
}

void DeflateLayer::forget() {
  const DeflateLayer before = *this;
  *this = DeflateLayer();
  below_ = before.below_;
  extension_ = before.extension_;
  index_ = before.index_;
}

Connection& DeflateLayer::connection() const { return extension_->core()->connections_[index_]; }

bool DeflateLayer::is_active() const { return in_use_ && generation_ == connection().generation; }

void DeflateLayer::abort() {
  Transport* const below = below_;
  extension_->release(this);
  below_ = nullptr;
  below->abort();
}

Transfer DeflateLayer::read(MutableBytes room) {
  Connection& c = connection();
  if (c.state == State::kHandshaking && c.endpoint->role() == wire::Role::kClient) return read_head(room);
  if (!c.is_receiving() || !is_active()) return below_->read(room);
  Status status = Status::kOk;
  size_t done = 0;
  for (unsigned steps = kMaxSteps; steps != 0 && status == Status::kOk && failure_ == 0 && done < room.size; --steps) {
    size_t size = 0;
    status = step(room.from(done), &size);
    done += size;
  }
  Core& core = *extension_->core();
  // Readiness is sticky (transport.h). What came before a failure or the end is handed out first.
  if (status != Status::kWouldBlock && done != room.size) core.make_ready(c);
  if (done != 0) return {Status::kOk, done};
  if (failure_ != 0) {
    core.fail(&c, Cause::kProtocol, failure_);
    return {};
  }
  return {status == Status::kOk ? Status::kWouldBlock : status, 0};
}

// Reads no further than the end of the server's head: the frames behind it are for this layer, if the answer has the
// extension.
Transfer DeflateLayer::read_head(MutableBytes room) {
  size_t done = 0;
  while (done < room.size) {
    const size_t sure = head_read_ < kShortestHead ? kShortestHead - head_read_ : size_t{kHeadEndSize} - ends_;
    const MutableBytes rest = room.from(done);
    const size_t wanted = sure < rest.size ? sure : rest.size;
    const Transfer transfer = below_->read(rest.first(wanted));
    if (transfer.status != Status::kOk) {
      if (done == 0) return transfer;
      if (transfer.status != Status::kWouldBlock) extension_->core()->make_ready(connection());
      break;
    }
    bool ended = false;
    for (size_t i = 0; i < transfer.size; ++i) {
      const char byte = static_cast<char>(rest.data[i]);
      if (byte != kHeadEnd[ends_]) ends_ = 0;
      if (byte == kHeadEnd[ends_]) ++ends_;
      ended = ended || ends_ == kHeadEndSize;
      if (ends_ == kHeadEndSize) ends_ = 0;
    }
    done += transfer.size;
    if (head_read_ < kShortestHead) head_read_ = static_cast<uint8_t>(head_read_ + transfer.size);
    // A 1xx may end here, too: then another head follows, and the loop asks again.
    if (ended || transfer.size < wanted) {
      if (ended) extension_->core()->make_ready(connection());
      break;
    }
  }
  return {Status::kOk, done};
}

// One step, of which *size bytes for the loop come. kOk: another one may go further.
Status DeflateLayer::step(MutableBytes room, size_t* size) {
  if (staged_at_ != staged_end_) {
    *size = take_staged(room);
    return Status::kOk;
  }
  if (!header_.complete()) return read_header(room, size);
  if (!quiet_) return pass_payload(room, size);
  return connection().state == State::kOpen ? inflate(room, size) : discard(room);
}

Status DeflateLayer::read_header(MutableBytes room, size_t* size) {
  const wire::Role role = connection().endpoint->role();
  const bool fresh = !header_.begun();
  const Transfer transfer = below_->read({staged_, header_.missing(role)});
  if (transfer.status != Status::kOk) return transfer.status;
  const bool valid = !fresh || check_first_byte(staged_);
  if (!valid || header_.take(role, staged_, transfer.size) != transfer.size) {
    failure_ = close_code::kProtocolError;
    return Status::kOk;
  }
  if (quiet_) return Status::kOk;
  staged_at_ = 0;
  staged_end_ = static_cast<uint8_t>(transfer.size);
  *size = take_staged(room);
  if (header_.complete() && header_.length == 0) end_frame();
  return Status::kOk;
}

// RFC 7692, 6: RSV1 is for the first frame of a message. Takes it off, because it is the only reserved bit that may be
// set.
bool DeflateLayer::check_first_byte(uint8_t* first) {
  const Opcode opcode = static_cast<Opcode>(*first & 0x0F);
  quiet_ = false;
  if (wire::is_control(opcode)) return true;                // FrameHeader refuses all reserved bits
  const bool closing = connection().state != State::kOpen;  // discard()
  if (opcode == Opcode::kContinuation) {
    quiet_ = closing || (in_message_ && compressed_);
    return true;
  }
  if (in_message_) return false;  // RFC 6455, 5.4; of a compressed one the loop may have seen nothing yet
  in_message_ = true;
  compressed_ = (*first & kCompressed) != 0;
  quiet_ = closing || compressed_;
  begun_ = tail_ = false;
  opcode_ = static_cast<uint8_t>(opcode);
  *first = static_cast<uint8_t>(*first & ~kCompressed);
  return true;
}

Status DeflateLayer::pass_payload(MutableBytes room, size_t* size) {
  const size_t wanted = header_.length < room.size ? static_cast<size_t>(header_.length) : room.size;
  const Transfer transfer = below_->read(room.first(wanted));
  if (transfer.status != Status::kOk) return transfer.status;
  *size = transfer.size;
  header_.length -= transfer.size;
  if (header_.length == 0) end_frame();
  return transfer.size == wanted ? Status::kOk : Status::kWouldBlock;
}

// A frame is over, and with it perhaps its message.
void DeflateLayer::end_frame() {
  header_.restart();
  if (header_.fin() && !wire::is_control(header_.opcode())) in_message_ = false;
}

// After our Close frame no message is for the application any more. One of which a part was handed on does not end for
// the loop: that part may end inside a character.
Status DeflateLayer::discard(MutableBytes room) {
  if (header_.length != 0) {
    const size_t wanted = header_.length < room.size ? static_cast<size_t>(header_.length) : room.size;
    const Transfer transfer = below_->read(room.first(wanted));
    if (transfer.status != Status::kOk) return transfer.status;
    header_.length -= transfer.size;
    if (header_.length != 0) return Status::kOk;
  }
  end_frame();
  return Status::kOk;
}

Status DeflateLayer::inflate(MutableBytes room, size_t* size) {
  if (inflating_ == nullptr && !extension_->take_shared(this)) return Status::kWouldBlock;
  const bool staged = room.size < kLeastRoom;
  const MutableBytes place = staged ? MutableBytes{staged_, sizeof staged_} : room;
  // Room for the header of a payload that fills the place; a shorter one may be followed by a gap.
  const wire::Role peer = other(connection().endpoint->role());
  const size_t head = wire::frame_overhead(peer, place.size < kMostPayload ? place.size : kMostPayload);
  Chunk chunk{place.from(head), false};
  if (chunk.room.size > kMostPayload) chunk.room.size = kMostPayload;
  const Status status = fill(&chunk);
  const size_t payload = static_cast<size_t>(chunk.room.data - place.data) - head;
  if (failure_ != 0 || (payload == 0 && !chunk.last)) return status;
  *size = put_fragment(place.data, head, payload, chunk.last);
  if (staged) {
    staged_at_ = 0;
    staged_end_ = static_cast<uint8_t>(*size);
    *size = take_staged(room);
  }
  if (chunk.last && !kept_) {
    extension_->return_inflater(this);
  } else if (chunk.last && !takeover_) {
    inflating_->inflater.forget();
  }
  return status;
}

// Inflates into the chunk until it is full, or the frame is over, or no more has come.
Status DeflateLayer::fill(Chunk* chunk) {
  Inflating& work = *inflating_;
  for (unsigned inputs = kMaxInputs; inputs != 0; --inputs) {
    Bytes input{work.input + work.input_at, static_cast<size_t>(work.input_end - work.input_at)};
    const Inflater::Result result = work.inflater.run(&input, &chunk->room);
    work.input_at = static_cast<uint16_t>(work.input_end - input.size);
    work.lacks_room = result == Inflater::Result::kNeedRoom;
    if (work.lacks_room) return Status::kOk;
    const bool over = header_.length == 0;
    const bool whole = over && header_.fin() && tail_;
    if (result == Inflater::Result::kCorrupt || (whole && !work.inflater.between_blocks())) {
      failure_ = close_code::kInvalidPayload;
      return Status::kOk;
    }
    if (whole || (over && !header_.fin())) {
      chunk->last = whole;
      end_frame();
      return Status::kOk;
    }
    const Status status = over ? take_tail() : take_input();
    if (status != Status::kOk) return status;
  }
  return Status::kOk;
}

Status DeflateLayer::take_tail() {
  tail_ = true;
  inflating_->input_at = 0;
  inflating_->input_end = sizeof kTail;
  copy(inflating_->input, kTail, sizeof kTail);
  return Status::kOk;
}

// The next part of the payload.
Status DeflateLayer::take_input() {
  Inflating& work = *inflating_;
  size_t wanted = sizeof work.input;
  if (header_.length < wanted) wanted = static_cast<size_t>(header_.length);
  const Transfer transfer = below_->read({work.input, wanted});
  if (transfer.status != Status::kOk) return transfer.status;
  header_.key = kernels::mask(work.input, work.input, transfer.size, header_.key);
  header_.length -= transfer.size;
  work.input_at = 0;
  work.input_end = static_cast<uint16_t>(transfer.size);
  work.taken += static_cast<uint32_t>(transfer.size);
  extension_->core()->received_ += transfer.size;  // a sign of life, whatever comes out of it
  return Status::kOk;
}

// Makes a fragment of the payload that lies `head` bytes behind `at`; its size.
size_t DeflateLayer::put_fragment(uint8_t* at, size_t head, size_t payload, bool last) {
  const wire::Role peer = other(connection().endpoint->role());
  const kernels::MaskKey key{};  // as if masked: no byte changes
  const Opcode opcode = begun_ ? Opcode::kContinuation : static_cast<Opcode>(opcode_);
  begun_ = true;
  const size_t overhead = wire::frame_overhead(peer, payload);
  if (overhead != head) copy(at + overhead, at + head, payload);
  wire::encode_frame_header(at, opcode, last, payload, peer == wire::Role::kClient ? &key : nullptr);
  return overhead + payload;
}

size_t DeflateLayer::take_staged(MutableBytes room) {
  const size_t left = static_cast<size_t>(staged_end_ - staged_at_);
  const size_t size = left < room.size ? left : room.size;
  copy(room.data, staged_ + staged_at_, size);
  staged_at_ = static_cast<uint8_t>(staged_at_ + size);
  return size;
}

}  // namespace whit::core

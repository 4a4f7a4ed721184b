// SPDX-License-Identifier: MIT
// A ring with one writer and one reader. Each side alone moves its position, and moves it after it is done with the
// bytes: release and acquire are all the order that this needs, and every CPU has them, without a loop or a lock.
#include "whit/mailbox.h"

#include "whit/copy.h"
#include "whit/event.h"

namespace whit {

namespace {

uint32_t look(const uint32_t& position) { return __atomic_load_n(&position, __ATOMIC_ACQUIRE); }
// The bytes of the ring are bytes, so what lies in it is copied and not looked at in place.
template <typename Part>
void write(uint8_t* at, const Part& part) {
  copy(at, reinterpret_cast<const uint8_t*>(&part), sizeof part);
}
template <typename Part>
Part read(const uint8_t* at) {
  Part part;
  copy(reinterpret_cast<uint8_t*>(&part), at, sizeof part);
  return part;
}

void move_to(uint32_t* position, uint32_t to) { __atomic_store_n(position, to, __ATOMIC_RELEASE); }

}  // namespace

Status MailboxCore::post(WebSocket socket, Bytes data, MessageType type) {
  static_assert(static_cast<int>(Kind::kText) == static_cast<int>(MessageType::kText));
  return put({static_cast<Kind>(type), static_cast<uint32_t>(data.size), socket}, data);
}

Status MailboxCore::post(void (*call)(void* context), void* context) {
  const Call both{call, context};
  return put({Kind::kCall, sizeof both, {}}, {reinterpret_cast<const uint8_t*>(&both), sizeof both});
}

// A letter is one span. One that does not fit before the end of the memory goes to its start, and what is left at the
// end is a letter to skip; so one of up to half of the memory fits an empty mailbox wherever that begins.
Status MailboxCore::put(const Letter& letter, Bytes data) {
  if (data.size > size_ || room_for(data.size) > size_ / 2) return Status::kTooLarge;
  const uint32_t room = room_for(data.size);
  const uint32_t to_end = size_ - (written_ & (size_ - 1));
  const uint32_t skipped = room > to_end ? to_end : 0;
  if (written_ + skipped + room - look(read_) > size_) return Status::kWouldBlock;
  if (skipped >= sizeof(Letter)) write(place(written_), Letter{Kind::kSkip, 0, {}});
  uint8_t* const at = place(written_ + skipped);
  write(at, letter);
  copy(at + rounded(sizeof(Letter)), data.data, data.size);
  move_to(&written_, written_ + skipped + room);
  network_.wake();
  return Status::kOk;
}

void MailboxCore::deliver() {
  const uint32_t end = look(written_);  // what is posted meanwhile, by a call of a letter too, is for the next turn
  while (read_ != end) {
    const uint32_t to_end = size_ - (read_ & (size_ - 1));
    const Letter letter = to_end >= sizeof(Letter) ? read<Letter>(place(read_)) : Letter{Kind::kSkip, 0, {}};
    if (letter.kind == Kind::kSkip) {
      move_to(&read_, read_ + to_end);
      continue;
    }
    const Bytes data{place(read_) + rounded(sizeof(Letter)), letter.size};
    if (!deliver_one(letter, data)) return;
    move_to(&read_, read_ + room_for(letter.size));
  }
}

// False: there is no room for it yet.
bool MailboxCore::deliver_one(const Letter& letter, Bytes data) {
  if (letter.kind != Kind::kCall) return deliver_message(letter, data);
  const Call both = read<Call>(data.data);
  both.call(both.context);
  return true;
}

bool MailboxCore::deliver_message(const Letter& letter, Bytes data) {
  const size_t most = letter.socket.max_send();
  Message piece;
  piece.type = static_cast<MessageType>(letter.kind);
  do {
    const size_t left = data.size - sent_;
    piece.data = data.from(sent_).first(left < most ? left : most);
    piece.first = sent_ == 0;
    piece.last = piece.data.size == left;
    // Without a connection `most` is 0, and what is left is not sent.
    const Status status = most != 0 || left == 0 ? letter.socket.send(piece) : Status::kNotOpen;
    if (status == Status::kWouldBlock) return false;
    if (status != Status::kOk) {
      ++dropped_;
      break;
    }
    sent_ += static_cast<uint32_t>(piece.data.size);
  } while (sent_ < data.size);
  sent_ = 0;
  return true;
}

}  // namespace whit

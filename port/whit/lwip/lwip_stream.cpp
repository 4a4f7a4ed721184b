// SPDX-License-Identifier: MIT
#include "lwip_stream.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip_network.h"
#include "whit/copy.h"

namespace whit {

static_assert(LWIP_TCP && LWIP_CALLBACK_API, "lwipopts.h: LWIP_TCP 1 and LWIP_CALLBACK_API 1 are needed");
static_assert(TCP_WND <= 0xFFFF, "lwipopts.h: a connection may hold one window, and a chain of packets holds 64 KiB");

namespace {

uint8_t* front_of(pbuf* part) { return reinterpret_cast<uint8_t*>(part) + LWIP_MEM_ALIGN_SIZE(sizeof(pbuf)); }

// Only in lwIP's own pool is the size of a packet's memory known.
bool is_pooled(const pbuf* part) {
  const bool custom = (part->flags & PBUF_FLAG_IS_CUSTOM) != 0;
  return !custom && part->ref == 1 && pbuf_match_allocsrc(part, PBUF_TYPE_ALLOC_SRC_MASK_STD_MEMP_PBUF_POOL);
}

size_t room_behind(pbuf* part) {
  if (!is_pooled(part)) return 0;
  const uint8_t* const end = static_cast<const uint8_t*>(part->payload) + part->len;
  return static_cast<size_t>(front_of(part) + LWIP_MEM_ALIGN_SIZE(PBUF_POOL_BUFSIZE) - end);
}

pbuf* last_of(pbuf* chain) {
  while (chain != nullptr && chain->next != nullptr) chain = chain->next;
  return chain;
}

// Packets of a pool for this many bytes of one connection: one that is partly read, and full ones.
size_t packets_for(size_t size) { return 1 + (size - 1 + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE; }

void move(uint8_t* to, const pbuf* from, uint16_t size) { copy(to, static_cast<const uint8_t*>(from->payload), size); }

}  // namespace

void LwipStream::own(tcp_pcb* block, LwipNetworkBase* owner, uint16_t number) {
  pcb = block;
  network = owner;
  index = number;
  tcp_arg(pcb, this);
  tcp_recv(pcb, on_receive);
  tcp_sent(pcb, on_sent);
  tcp_err(pcb, on_error);
  tcp_nagle_disable(pcb);  // the loop gathers; waiting for the peer's acknowledgement on top would only add delay
}

void LwipStream::let_go() {
  if (pcb == nullptr) return;
  tcp_arg(pcb, nullptr);
  tcp_recv(pcb, nullptr);
  tcp_sent(pcb, nullptr);
  tcp_err(pcb, nullptr);
  pcb = nullptr;
}

void LwipStream::retire() {
  constexpr uint8_t kTicks = 4;  // between two looks
  if (pcb != nullptr) tcp_poll(pcb, on_retired, kTicks);
  let_go();
}

// lwIP itself would keep the block of a peer that has vanished, and its last segments, until it has repeated them
// twelve times: for 25 minutes in CLOSING. Lost segments have been repeated twice by now, or more often.
err_t LwipStream::on_retired(void*, tcp_pcb* block) {
  constexpr uint32_t kMostSilenceMs = 10'000;
  if (tcp_ticks - block->tmr < kMostSilenceMs / TCP_SLOW_INTERVAL) return ERR_OK;
  tcp_abort(block);
  return ERR_ABRT;
}

void LwipStream::destroy() {
  tcp_pcb* const block = pcb;
  let_go();  // first, so that tcp_abort() finds no callback
  if (block != nullptr) tcp_abort(block);
  forget();
}

void LwipStream::forget() {
  if (rx != nullptr) pbuf_free(rx);
  *this = LwipStream();
}

void LwipStream::consume(uint16_t size) {
  rx = pbuf_free_header(rx, size);
  if (rx != nullptr && rx->tot_len == 0) {  // lwIP leaves an empty packet where only TCP options were
    pbuf_free(rx);
    rx = nullptr;
  }
  // After a short read the loop waits for an announcement, so the end behind the last byte needs one of its own.
  if (rx == nullptr && (ended || failed)) announce();
  if (pcb == nullptr) return;
  tcp_recved(pcb, size);
  // lwIP itself would deliver refused data with its next 250 ms tick.
  if (pcb->refused_data != nullptr) (void)tcp_process_refused_data(pcb);
}

void LwipStream::announce() const { network->announce(index); }

// Keeps the packet. Packets of lwIP's own pool are packed when they are more than their bytes need, so that a whole
// window, in segments of any size, has its place; whole segments seldom need it. Packets in other memory cannot be
// joined: a few are kept and the others refused with ERR_MEM. lwIP then keeps one and shuts the window behind it;
// segments within the window are dropped, and the peer's retransmission timer brings them again.
err_t LwipStream::take(pbuf* packet) {
  if (index == IndexQueue::kNone) tcp_setprio(pcb, kFreshPriority);
  // Never refused: the first packet, however long its chain, and the last one, in which the peer's end came. For in
  // TIME_WAIT lwIP neither delivers refused data again nor frees it, and in LAST_ACK it drops it.
  const bool must = rx == nullptr || packet->tot_len <= room_behind(last_of(rx)) || pcb->state >= CLOSE_WAIT;
  if (!must && !is_pooled(packet) && pbuf_clen(rx) + pbuf_clen(packet) > network->rx_pbufs()) {
    network->count_receive_refused();
    announce();
    return ERR_MEM;
  }
  if (rx == nullptr) {
    rx = packet;
  } else {
    pbuf_cat(rx, packet);
    if (pbuf_clen(rx) > packets_for(rx->tot_len)) pack();
  }
  announce();
  return ERR_OK;
}

// Moves bytes forward until only the last packet has room, and frees empty packets.
void LwipStream::pack() {
  pbuf* to = rx;
  while (pbuf* const from = to->next) {
    const size_t room = room_behind(to);
    const uint16_t size = room < from->len ? static_cast<uint16_t>(room) : from->len;
    move(static_cast<uint8_t*>(to->payload) + to->len, from, size);
    to->len = static_cast<uint16_t>(to->len + size);
    from->payload = static_cast<uint8_t*>(from->payload) + size;
    from->len = static_cast<uint16_t>(from->len - size);
    if (from->len == 0) {
      to->next = from->next;
      from->next = nullptr;
      pbuf_free(from);
      continue;
    }
    if (is_pooled(from) && from->payload != front_of(from)) {  // there, so that its room is whole behind it
      move(front_of(from), from, from->len);
      from->payload = front_of(from);
    }
    to = from;
  }
  uint16_t left = rx->tot_len;
  for (pbuf* part = rx; part != nullptr; part = part->next) {
    part->tot_len = left;
    left = static_cast<uint16_t>(left - part->len);
  }
}

void LwipStream::end() {
  ended = true;
  // Both ends are done: lwIP closes alone, and frees the block at a time of its own without telling anybody.
  if (finished) retire();
  announce();
}

// A callback brought an error with a living block. Returns the result that lwIP expects of such a callback.
err_t LwipStream::broken(err_t number) {
  tcp_pcb* const block = pcb;
  let_go();
  tcp_abort(block);
  on_error(this, number);
  return ERR_ABRT;
}

err_t LwipStream::on_receive(void* arg, tcp_pcb*, pbuf* packet, err_t error) {
  auto* const self = static_cast<LwipStream*>(arg);
  if (error != ERR_OK) {
    if (packet != nullptr) pbuf_free(packet);
    return self->broken(error);
  }
  if (packet != nullptr) return self->take(packet);
  self->end();
  return ERR_OK;
}

err_t LwipStream::on_sent(void* arg, tcp_pcb*, uint16_t) {
  auto* const self = static_cast<LwipStream*>(arg);
  if (self->wants_room) {
    self->wants_room = false;
    self->announce();
  }
  return ERR_OK;
}

// The block is gone already, or goes when this returns.
void LwipStream::on_error(void* arg, err_t error) {
  auto* const self = static_cast<LwipStream*>(arg);
  self->pcb = nullptr;
  self->error = error;
  if (error == ERR_CLSD) {  // an orderly end: after ours was acknowledged and the peer's had come
    self->ended = true;
  } else {
    self->failed = true;
  }
  if (self->index == IndexQueue::kNone) {
    self->network->count_waiting_lost();
    self->forget();
  } else {
    self->announce();
  }
}

}  // namespace whit

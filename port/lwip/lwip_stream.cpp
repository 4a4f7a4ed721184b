// SPDX-License-Identifier: MIT
#include "lwip_stream.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip_network.h"
#include "whit/wire/copy.h"

namespace whit {

static_assert(LWIP_TCP && LWIP_CALLBACK_API, "lwipopts.h: LWIP_TCP 1 and LWIP_CALLBACK_API 1 are needed");
static_assert(TCP_LISTEN_BACKLOG, "lwipopts.h: without TCP_LISTEN_BACKLOG 1 a burst of SYNs takes every control block");
static_assert(TCP_WND <= 0xFFFF, "lwipopts.h: a connection may hold one window, and a chain of packets holds 64 KiB");

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

void LwipStream::destroy() {
  tcp_pcb* const block = pcb;
  let_go();  // first, so that tcp_abort() has nobody to call
  if (block != nullptr) tcp_abort(block);
  if (rx != nullptr) pbuf_free(rx);
  *this = LwipStream();
}

void LwipStream::consume(uint16_t size) {
  rx = pbuf_free_header(rx, size);
  if (rx != nullptr && rx->tot_len == 0) {  // lwIP leaves an empty packet where only TCP options were
    pbuf_free(rx);
    rx = nullptr;
  }
  // A short read says that there is nothing now; the end that stands behind the last byte is news again.
  if (rx == nullptr && (ended || failed)) news();
  if (pcb == nullptr) return;
  tcp_recved(pcb, size);
  // lwIP itself would deliver refused data with its next 250 ms tick.
  if (pcb->refused_data != nullptr) (void)tcp_process_refused_data(pcb);
}

void LwipStream::news() const { network->announce(index); }

// Keeps the packet, or refuses it with ERR_MEM; then lwIP keeps it, and keeps the window shut behind it. What comes
// behind a refused packet within the window is dropped by lwIP, and comes again only when the peer's timer says so. So
// packets are filled up: a whole window is then TCP_WND / TCP_MSS of them and one that is partly read.
err_t LwipStream::take(pbuf* packet) {
  const size_t room = rx != nullptr ? free_space() : 0;
  const bool joins = packet->tot_len <= room;
  // Never refused: the first packet, however long its chain, and the last one, in which the peer's end came. For in
  // TIME_WAIT lwIP neither delivers refused data again nor frees it, and in LAST_ACK it drops it.
  const bool must = rx == nullptr || joins || pcb->state >= CLOSE_WAIT;
  if (!must && pbuf_clen(rx) + pbuf_clen(packet) > network->sizes_.rx_pbufs) {
    ++network->counters_.receives_refused;
    news();
    return ERR_MEM;
  }
  if (room != 0) packet = fill_up(packet, static_cast<uint16_t>(joins ? packet->tot_len : room));
  if (rx == nullptr) {
    rx = packet;
  } else if (packet != nullptr) {
    pbuf_cat(rx, packet);
  }
  news();
  return ERR_OK;
}

// How many bytes the last packet has room for. Only in lwIP's own pool is the size of that space known.
size_t LwipStream::free_space() const {
  const pbuf* last = rx;
  while (last->next != nullptr) last = last->next;
  const bool custom = (last->flags & PBUF_FLAG_IS_CUSTOM) != 0;
  if (custom || last->ref != 1 || !pbuf_match_allocsrc(last, PBUF_TYPE_ALLOC_SRC_MASK_STD_MEMP_PBUF_POOL)) return 0;
  constexpr size_t kElement = LWIP_MEM_ALIGN_SIZE(sizeof(pbuf)) + LWIP_MEM_ALIGN_SIZE(PBUF_POOL_BUFSIZE);
  const uint8_t* const end = static_cast<const uint8_t*>(last->payload) + last->len;
  return static_cast<size_t>(reinterpret_cast<const uint8_t*>(last) + kElement - end);
}

// Moves the first `size` bytes of the packet behind those of the last one. Returns what is left of it, moved to the
// front of its memory, so that its room is whole again behind it.
pbuf* LwipStream::fill_up(pbuf* packet, uint16_t size) {
  pbuf* last = rx;
  while (last->next != nullptr) last = last->next;
  (void)pbuf_copy_partial(packet, static_cast<uint8_t*>(last->payload) + last->len, size, 0);
  last->len = static_cast<uint16_t>(last->len + size);
  for (pbuf* part = rx; part != nullptr; part = part->next) part->tot_len = static_cast<uint16_t>(part->tot_len + size);

  void* const front = packet->payload;
  const pbuf* const first = packet;
  packet = pbuf_free_header(packet, size);
  if (packet == first) {
    wire::copy(static_cast<uint8_t*>(front), static_cast<const uint8_t*>(packet->payload), packet->len);
    packet->payload = front;
  }
  return packet;
}

void LwipStream::end() {
  ended = true;
  // Both ends are done: lwIP closes alone, and frees the block at a time of its own without telling anybody.
  if (finished) let_go();
  news();
}

// A callback brought an error with a living block. Returns what such a callback has to return.
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
    self->news();
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
  if (self->index == IndexLine::kNone) {
    self->network->drop_waiting(*self);
  } else {
    self->news();
  }
}

}  // namespace whit

// SPDX-License-Identifier: MIT
#include "lwip_stream.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip_network.h"

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

// Keeps the packet, or refuses it with ERR_MEM; then lwIP keeps it, and keeps the window shut behind it.
err_t LwipStream::take(pbuf* packet) {
  if (rx != nullptr && append(packet)) {
    pbuf_free(packet);
    news();
    return ERR_OK;
  }
  // Never refused: the first packet, however long its chain, and the last one, in which the peer's end came. For in
  // TIME_WAIT lwIP neither delivers refused data again nor frees it, and in LAST_ACK it drops it.
  const bool must = rx == nullptr || pcb->state >= CLOSE_WAIT;
  if (!must && pbuf_clen(rx) + pbuf_clen(packet) > network->sizes_.rx_pbufs) {
    ++network->counters_.receives_refused;
    news();
    return ERR_MEM;
  }
  if (rx == nullptr) {
    rx = packet;
  } else {
    pbuf_cat(rx, packet);
  }
  news();
  return ERR_OK;
}

// Copies a small packet into the free space of the last one, so that a peer that sends single bytes costs one packet
// and not one per byte. Only in lwIP's own pool is the size of that space known.
bool LwipStream::append(const pbuf* packet) {
  pbuf* last = rx;
  while (last->next != nullptr) last = last->next;
  const bool custom = (last->flags & PBUF_FLAG_IS_CUSTOM) != 0;
  if (custom || last->ref != 1 || !pbuf_match_allocsrc(last, PBUF_TYPE_ALLOC_SRC_MASK_STD_MEMP_PBUF_POOL)) return false;

  constexpr size_t kElement = LWIP_MEM_ALIGN_SIZE(sizeof(pbuf)) + LWIP_MEM_ALIGN_SIZE(PBUF_POOL_BUFSIZE);
  uint8_t* const free_space = static_cast<uint8_t*>(last->payload) + last->len;
  const size_t room = static_cast<size_t>(reinterpret_cast<uint8_t*>(last) + kElement - free_space);
  if (packet->tot_len > room) return false;

  (void)pbuf_copy_partial(packet, free_space, packet->tot_len, 0);
  last->len = static_cast<uint16_t>(last->len + packet->tot_len);
  for (pbuf* part = rx; part != nullptr; part = part->next) {
    part->tot_len = static_cast<uint16_t>(part->tot_len + packet->tot_len);
  }
  return true;
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

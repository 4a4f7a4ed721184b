// SPDX-License-Identifier: MIT
#include "viewers.h"

#include "json.h"

namespace dashboard {

using whit::Broadcast;
using whit::Status;
using whit::Text;
using whit::WebSocket;

namespace {

// A page may say kBurst things at once, and one in each kPeriodMs from then on.
constexpr uint32_t kPeriodMs = 250;
constexpr uint32_t kBurst = 12;

}  // namespace

void Viewers::add(WebSocket socket, uint32_t tab, uint32_t now_ms) {
  Viewer& viewer = viewers_[socket.index()];
  viewer = {};
  viewer.socket = socket;
  viewer.tab = tab;
  viewer.allowance_ms = now_ms;
  viewer.open = true;
  ++count_;
}

void Viewers::remove(WebSocket socket) {
  Viewer& viewer = viewers_[socket.index()];
  if (!viewer.open) return;
  viewer = {};
  --count_;
}

WebSocket Viewers::with_tab(uint32_t tab) const {
  for (const Viewer& viewer : viewers_) {
    if (viewer.open && tab != 0 && viewer.tab == tab) return viewer.socket;
  }
  return {};
}

bool Viewers::greet(WebSocket socket, Text hello) {
  Viewer& viewer = viewers_[socket.index()];
  if (!viewer.open || viewer.greeted || socket.send(hello) != Status::kOk) return false;
  count_one(hello.size);
  viewer.greeted = true;
  // Room for both was made when this was compiled: a slot for each connection, and messages that fit a buffer.
  (void)states_.subscribe(socket, whit::WhenBehind::kLatestOnly);
  (void)chats_.subscribe(socket, whit::WhenBehind::kDropOldest);
  return true;
}

bool Viewers::hear(const whit::Event& event, uint32_t now_ms) {
  Viewer& viewer = viewers_[event.socket.index()];
  if (viewer.held) {
    viewer.held = false;
    return true;
  }
  ++traffic_.messages[0];
  traffic_.bytes[0] += static_cast<uint32_t>(event.message.data.size);
  if (static_cast<int32_t>(viewer.allowance_ms - now_ms) < 0) viewer.allowance_ms = now_ms;
  viewer.allowance_ms += kPeriodMs;
  return viewer.allowance_ms - now_ms <= kBurst * kPeriodMs;
}

void Viewers::show(Text state) {
  count(states_, &sent_states_);
  if (states_.publish(state) == Status::kOk) sent_states_.size = static_cast<uint32_t>(state.size);
}

void Viewers::chat(WebSocket from, Text said) {
  count(chats_, &sent_chats_);
  if (chats_.publish(said) == Status::kOk) {
    sent_chats_.size = static_cast<uint32_t>(said.size);
  } else {
    viewers_[from.index()].held = true;
    from.hold();
  }
}

void Viewers::resume_held() {
  for (const Viewer& viewer : viewers_) {
    if (viewer.held) viewer.socket.resume();
  }
}

void Viewers::tell_missed() {
  for (Viewer& viewer : viewers_) {
    const uint32_t dropped = viewer.greeted ? chats_.counts(viewer.socket).dropped : 0;
    if (dropped <= viewer.missed) continue;
    char memory[32];
    Json json(memory);
    const Text text = json.raw("{\"missed\":").number(dropped - viewer.missed).raw("}").text();
    if (viewer.socket.send(text) != Status::kOk) continue;
    viewer.missed = dropped;
    count_one(text.size);
  }
}

const Traffic& Viewers::traffic() {
  count(states_, &sent_states_);
  count(chats_, &sent_chats_);
  return traffic_;
}

void Viewers::count(const Broadcast& broadcast, Sent* sent) {
  const uint32_t messages = broadcast.counts().sent - sent->messages;
  sent->messages += messages;
  traffic_.messages[1] += messages;
  traffic_.bytes[1] += messages * sent->size;
}

void Viewers::count_one(size_t bytes) {
  ++traffic_.messages[1];
  traffic_.bytes[1] += static_cast<uint32_t>(bytes);
}

}  // namespace dashboard

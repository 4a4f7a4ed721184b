// SPDX-License-Identifier: MIT
#include "viewers.h"

#include <initializer_list>

#include "json.h"

namespace dashboard {

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

bool Viewers::may_speak(WebSocket socket, uint32_t now_ms) {
  Viewer& viewer = viewers_[socket.index()];
  if (static_cast<int32_t>(viewer.allowance_ms - now_ms) < 0) viewer.allowance_ms = now_ms;
  viewer.allowance_ms += kPeriodMs;
  return viewer.allowance_ms - now_ms <= kBurst * kPeriodMs;
}

void Viewers::greet(WebSocket socket, Text hello, Text state) {
  hello_ = hello;
  state_ = state;
  Viewer& viewer = viewers_[socket.index()];
  viewer.owed = kHello | kState;
  write_owed(&viewer);
}

void Viewers::show(Text state) {
  state_ = state;
  owe_all(kState);
}

void Viewers::chat(Text said) {
  for (Viewer& viewer : viewers_) {
    if ((viewer.owed & kChat) == 0) continue;  // what the page has not taken is gone
    ++viewer.missed;
    viewer.owed |= kMissed;
  }
  chat_ = said;
  owe_all(kChat);
}

void Viewers::owe_all(Owed what) {
  for (Viewer& viewer : viewers_) {
    if (!viewer.open) continue;
    viewer.owed = static_cast<uint8_t>(viewer.owed | what);
    write_owed(&viewer);
  }
}

void Viewers::write_owed(WebSocket socket) {
  Viewer& viewer = viewers_[socket.index()];
  if (viewer.open) write_owed(&viewer);
}

// In the order of need. What does not fit now waits for a kWritable event, and so does what comes behind it.
void Viewers::write_owed(Viewer* viewer) {
  for (const Owed what : {kHello, kMissed, kChat, kState}) {
    if ((viewer->owed & what) != 0 && !send(viewer, what)) return;
  }
}

bool Viewers::send(Viewer* viewer, Owed what) {
  char memory[32];
  Json missed(memory);
  Text text = what == kHello ? hello_ : what == kChat ? chat_ : state_;
  if (what == kMissed) text = missed.raw("{\"missed\":").number(viewer->missed).raw("}").text();
  if (viewer->socket.send(text) != Status::kOk) return false;
  viewer->owed = static_cast<uint8_t>(viewer->owed & ~what);
  if (what == kMissed) viewer->missed = 0;
  ++traffic.messages[1];
  traffic.bytes[1] += static_cast<uint32_t>(text.size);
  return true;
}

}  // namespace dashboard

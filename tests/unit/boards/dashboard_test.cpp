// SPDX-License-Identifier: MIT
// The parts of the dashboard that have no device: what a page may say, the JSON that it is answered with, and what is
// owed to pages that do not read.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../boards/apps/dashboard/command.cpp"
#include "../boards/apps/dashboard/json.cpp"
#include "../boards/apps/dashboard/viewers.cpp"
#include "unit/core/bench.h"

namespace dashboard {
namespace {

Command::Kind kind_of(const std::string& said) { return read_command({said.data(), said.size()}).kind; }

TEST(Command, TheThreeThatThereAre) {
  EXPECT_EQ(kind_of("led on"), Command::kLedOn);
  EXPECT_EQ(kind_of("led off"), Command::kLedOff);
  const Command chat = read_command("chat Ada\nhello: you");
  EXPECT_EQ(chat.kind, Command::kChat);
  EXPECT_TRUE(chat.name == whit::Text("Ada"));
  EXPECT_TRUE(chat.text == whit::Text("hello: you"));
}

TEST(Command, NothingElseIsOne) {
  for (const std::string said :
       {"", "l", "led", "led ", "led o", "led on ", " led on", "LED on", "chat", "chat ", "chat \n", "chat Ada",
        "chat Ada\n", "chat \nhi", "chatAda\nhi", "chat A\nb\nc", "chat A\tb\nc", "chat A\nb\x7f"}) {
    EXPECT_EQ(kind_of(said), Command::kInvalid) << said;
  }
  EXPECT_EQ(kind_of(std::string("led on\0", 7)), Command::kInvalid);
  EXPECT_EQ(kind_of(std::string("chat A\nb\0", 9)), Command::kInvalid);
}

TEST(Command, LimitsAreInBytes) {
  const std::string name(kMaxNameBytes, 'n');
  const std::string text(kMaxTextBytes, 't');
  EXPECT_EQ(kind_of("chat " + name + "\n" + text), Command::kChat);
  EXPECT_EQ(("chat " + name + "\n" + text).size(), kMaxCommandBytes);
  EXPECT_EQ(kind_of("chat " + name + "n\n" + text), Command::kInvalid);
  EXPECT_EQ(kind_of("chat " + name + "\n" + text + "t"), Command::kInvalid);
}

std::string copy(const Json& json) { return {json.text().data, json.text().size}; }

TEST(Json, NumbersPairsAndStrings) {
  char memory[100];
  Json json(memory);
  json.raw("{\"a\":")
      .number(4294967295)
      .raw(",\"b\":")
      .pair(0, 7)
      .raw(",\"c\":")
      .string("say \"\\\" gr\xC3\xBC\xC3\x9F")
      .raw("}");
  EXPECT_EQ(copy(json), "{\"a\":4294967295,\"b\":[0,7],\"c\":\"say \\\"\\\\\\\" gr\xC3\xBC\xC3\x9F\"}");
}

TEST(Json, NothingIsWrittenBehindTheEnd) {
  struct {
    char memory[4];
    char behind = 'x';
  } place;
  Json json(place.memory);
  json.string("more than four");
  EXPECT_EQ(copy(json), "\"mor");
  EXPECT_EQ(place.behind, 'x');
}

// A server with two pages, of which the second can be stopped from reading.
class Pages : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.listen();
    for (whit::Peer* page : {&quick, &slow}) {
      *page = bench.open(whit::wire::Role::kServer);
      viewers.add(page->socket, 0, 0);
      EXPECT_TRUE(viewers.greet(page->socket, "hello"));
      EXPECT_FALSE(viewers.greet(page->socket, "hello"));
    }
    bench.settle();
    for (whit::Peer* page : {&quick, &slow}) EXPECT_EQ(texts(*page), std::vector<std::string>{"hello"});
  }

  std::vector<std::string> texts(whit::Peer& page) {
    std::vector<std::string> all;
    for (const whit::Frame& frame : page.frames()) all.push_back(frame.payload);
    return all;
  }

  static std::string numbered(int i) { return std::to_string(i) + std::string(100, '.'); }

  whit::Event said(const whit::Peer& page, const std::string& text) {
    whit::Event event;
    event.type = whit::Event::kMessage;
    event.socket = page.socket;
    event.message = whit::Message();
    event.message.data = whit::bytes_of(text);
    return event;
  }

  whit::Bench<2, 4, 512, 2, 1024> bench;
  Viewers viewers{bench.loop};
  whit::Peer quick;
  whit::Peer slow;
};

TEST_F(Pages, EachGetsAllThatIsShownAndItIsCounted) {
  viewers.show("state");
  bench.settle();
  viewers.chat(quick.socket, "chat");
  bench.settle();
  for (whit::Peer* page : {&quick, &slow}) EXPECT_EQ(texts(*page), (std::vector<std::string>{"state", "chat"}));
  EXPECT_EQ(viewers.traffic().messages[1], 6u);
  EXPECT_EQ(viewers.traffic().bytes[1], 2 * (sizeof("hellostatechat") - 1));
}

TEST_F(Pages, OneThatDoesNotReadGetsTheNewestStateWhenItReadsAndTheOtherMissesNothing) {
  slow.pipe->set_window(0);
  std::vector<std::string> got;
  for (int i = 0; i < 50; ++i) {
    viewers.show(whit::as_text(whit::bytes_of(numbered(i))));
    bench.settle();
    for (const std::string& text : texts(quick)) got.push_back(text);
  }
  ASSERT_EQ(got.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(got[static_cast<size_t>(i)], numbered(i));
  EXPECT_TRUE(texts(slow).empty());
  slow.pipe->set_window(SIZE_MAX);
  bench.settle();
  const std::vector<std::string> late = texts(slow);
  ASSERT_FALSE(late.empty());
  EXPECT_LT(late.size(), 10u);
  EXPECT_EQ(late.back(), numbered(49));
}

TEST_F(Pages, OneThatDoesNotReadIsToldHowMuchOfTheChatItHasMissed) {
  slow.pipe->set_window(0);
  for (int i = 0; i < 50; ++i) {
    viewers.chat(quick.socket, whit::as_text(whit::bytes_of(numbered(i))));
    bench.settle();
  }
  EXPECT_EQ(texts(quick).size(), 50u);
  slow.pipe->set_window(SIZE_MAX);
  bench.settle();
  const size_t late = texts(slow).size();
  EXPECT_LT(late, 50u);
  viewers.tell_missed();
  viewers.tell_missed();
  bench.settle();
  EXPECT_EQ(texts(slow), std::vector<std::string>{"{\"missed\":" + std::to_string(50 - late) + "}"});
  EXPECT_TRUE(texts(quick).empty());
}

TEST_F(Pages, ChatThatFindsNoRoomInATurnIsHeldAndNotLost) {
  constexpr int kTogether = 9;  // more than are kept
  bench.app = [this](const whit::Event& event) {
    if (event.type != whit::Event::kMessage) return;
    EXPECT_TRUE(viewers.hear(event, 0));
    viewers.chat(event.socket, event.message.text());
  };
  for (int i = 0; i < kTogether; ++i) quick.send(whit::kTextFrame, std::to_string(i));
  for (int turn = 0; turn < 2 * kTogether; ++turn) {
    bench.settle();
    viewers.resume_held();
  }
  bench.settle();
  EXPECT_EQ(texts(slow), (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8"}));
  EXPECT_EQ(viewers.traffic().messages[0], static_cast<uint32_t>(kTogether));
}

TEST_F(Pages, APageMaySayTwelveThingsAtOnceAndFourInASecond) {
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(viewers.hear(said(quick, "x"), 5000)) << i;
  EXPECT_FALSE(viewers.hear(said(quick, "x"), 5000));
  EXPECT_TRUE(viewers.hear(said(slow, "x"), 5000));
  for (uint32_t second = 10; second < 20; ++second) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(viewers.hear(said(quick, "x"), second * 1000)) << second;
  }
}

TEST_F(Pages, ATabIsFoundUntilItIsRemoved) {
  viewers.add(slow.socket, 7, 0);
  EXPECT_TRUE(viewers.with_tab(7) == slow.socket);
  EXPECT_TRUE(viewers.with_tab(0) == whit::WebSocket());
  viewers.remove(slow.socket);
  EXPECT_TRUE(viewers.with_tab(7) == whit::WebSocket());
}

}  // namespace
}  // namespace dashboard

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
    bench.app = [this](const whit::Event& event) {
      if (event.type == whit::Event::kWritable) viewers.write_owed(event.socket);
    };
    bench.listen();
    for (whit::Peer* page : {&quick, &slow}) {
      *page = bench.open(whit::wire::Role::kServer);
      viewers.add(page->socket, 0, 0);
      viewers.greet(page->socket, "hello", "first");
    }
    bench.settle();
    texts(quick);
    texts(slow);
  }

  std::vector<std::string> texts(whit::Peer& page) {
    std::vector<std::string> all;
    for (const whit::Frame& frame : page.frames()) all.push_back(frame.payload);
    return all;
  }

  whit::Bench<2, 4, 512, 2, 1024> bench;
  Viewers viewers;
  whit::Peer quick;
  whit::Peer slow;
};

TEST_F(Pages, EachGetsAllThatIsShown) {
  viewers.show("second");
  viewers.chat("said");
  bench.settle();
  for (whit::Peer* page : {&quick, &slow}) EXPECT_EQ(texts(*page), (std::vector<std::string>{"second", "said"}));
  EXPECT_EQ(viewers.traffic.messages[1], 8u);
  EXPECT_EQ(viewers.traffic.bytes[1], 2 * (sizeof("hellofirstsecondsaid") - 1));
}

TEST_F(Pages, OneThatDoesNotReadGetsTheNewestWhenItReadsAndTheOthersMissNothing) {
  slow.pipe->set_window(0);
  std::vector<std::string> sent;
  std::vector<std::string> got;
  std::deque<std::string> shown;  // a text has to stay until the next one replaces it
  for (int i = 0; i < 50; ++i) {
    shown.push_back("state " + std::to_string(i) + std::string(100, '.'));
    viewers.show({shown.back().data(), shown.back().size()});
    sent.push_back(shown.back());
    bench.settle();
    for (const std::string& text : texts(quick)) got.push_back(text);
  }
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(texts(slow).empty());
  slow.pipe->set_window(SIZE_MAX);
  bench.settle();
  const std::vector<std::string> late = texts(slow);
  ASSERT_FALSE(late.empty());
  EXPECT_LT(late.size(), 10u);
  EXPECT_EQ(late.back(), sent.back());
}

TEST_F(Pages, OneThatDoesNotReadIsToldHowMuchOfTheChatItHasMissed) {
  slow.pipe->set_window(0);
  std::deque<std::string> said;
  for (int i = 0; i < 50; ++i) {
    said.push_back("chat " + std::to_string(i) + std::string(100, '.'));
    viewers.chat({said.back().data(), said.back().size()});
    bench.settle();
  }
  EXPECT_EQ(texts(quick).size(), 50u);
  slow.pipe->set_window(SIZE_MAX);
  bench.settle();
  const std::vector<std::string> late = texts(slow);
  ASSERT_GE(late.size(), 2u);
  EXPECT_EQ(late.back(), said.back());
  EXPECT_EQ(late[late.size() - 2], "{\"missed\":" + std::to_string(50 - (late.size() - 1)) + "}");
}

TEST_F(Pages, APageMaySayTwelveThingsAtOnceAndFourInASecond) {
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(viewers.may_speak(quick.socket, 5000)) << i;
  EXPECT_FALSE(viewers.may_speak(quick.socket, 5000));
  EXPECT_TRUE(viewers.may_speak(slow.socket, 5000));
  for (uint32_t second = 10; second < 20; ++second) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(viewers.may_speak(quick.socket, second * 1000)) << second;
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

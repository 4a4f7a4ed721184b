// SPDX-License-Identifier: MIT
// Drives browsers that already run: Chromium by its own protocol (CDP), Firefox by WebDriver BiDi. One command a line on
// standard input, {id, op, ...}; one answer a line on standard output, {id, value} or {id, error}.
'use strict';
const puppeteer = require('puppeteer-core');
const readline = require('readline');

const browsers = {};
const pages = [];

const operations = {
  connect: async ({browser, endpoint, protocol}) => {
    browsers[browser] = await puppeteer.connect({browserWSEndpoint: endpoint, protocol, defaultViewport: null});
  },
  // A page of its own: its number.
  open: async ({browser, url, timeout_ms}) => {
    const page = await browsers[browser].newPage();
    page.errors = [];
    page.on('pageerror', (error) => page.errors.push(String(error.message ?? error)));
    const number = pages.push(page) - 1;
    if (url) await page.goto(url, {waitUntil: 'load', timeout: timeout_ms});
    return number;
  },
  reload: async ({page, timeout_ms}) => { await pages[page].reload({waitUntil: 'load', timeout: timeout_ms}); },
  evaluate: ({page, expression}) => pages[page].evaluate(expression),
  // Until the expression is true: its value.
  wait: async ({page, expression, timeout_ms}) => {
    const value = await pages[page].waitForFunction(expression, {timeout: timeout_ms, polling: 50});
    return value.jsonValue();
  },
  click: ({page, selector}) => pages[page].click(selector),
  type: ({page, selector, text}) => pages[page].type(selector, text),
  press: ({page, key}) => pages[page].keyboard.press(key),
  errors: ({page}) => pages[page].errors,
  close: async ({page}) => { await pages[page].close(); },
};

const answer = (line) => process.stdout.write(JSON.stringify(line) + '\n');

readline.createInterface({input: process.stdin}).on('line', async (line) => {
  const command = JSON.parse(line);
  try {
    answer({id: command.id, value: await operations[command.op](command)});
  } catch (error) {
    answer({id: command.id, error: String(error.message ?? error)});
  }
}).on('close', () => process.exit(0));

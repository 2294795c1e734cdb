// A webhook receiver on Express, idempotent and order-proof as Stripe recommends; prints the port that it takes.
// `on_flask.py` is the same on Flask: both keep books of customers, and answer what a test tells them to.
"use strict";
const express = require("express");
const Stripe = require("stripe");

const PATIENCE = 40_000; // milliseconds that anybody waits

const app = express();
let books;
let watching = []; // those who wait for something to come

// What a test began with, what it told us to answer next, what came, and what we made of it.
function open({ url = "http://127.0.0.1:1", key = "sk_test_nobody", secret = "whsec_nobody" } = {}) {
  const { hostname, port } = new URL(url);
  books = {
    stripe: new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 }),
    secret,
    answers: [],
    came: [],
    handled: new Set(),
    customers: {},
    mails: [],
    turn: Promise.resolve(),
  };
  books.held = new Promise((resolve) => (books.release = resolve));
}
open();

function note(what) {
  books.came.push(what);
  for (const look of [...watching]) look();
}

// Whether something is true in time.
function until(true_) {
  return new Promise((resolve) => {
    const look = () => {
      if (true_()) end();
    };
    const end = () => {
      clearTimeout(timer);
      watching = watching.filter((each) => each !== look);
      resolve();
    };
    const timer = setTimeout(end, PATIENCE);
    watching.push(look);
    look();
  });
}

// Each event once. What counts is not what it tells of its customer, but what Stripe says when asked now.
function handle(event) {
  const its = books;
  const done = its.turn.then(async () => {
    if (its.handled.has(event.id)) return;
    if (event.type.startsWith("customer.")) {
      const customer = await its.stripe.customers.retrieve(event.data.object.id);
      its.customers[customer.id] = customer.deleted ? null : customer.name;
    }
    its.mails.push(event.type);
    its.handled.add(event.id);
  });
  its.turn = done.catch(() => {}); // what failed is answered with 500 and comes again
  return done;
}

app.post("/webhook", express.raw({ type: "application/json", limit: "5mb" }), async (request, response) => {
  let event;
  try {
    event = books.stripe.webhooks.constructEvent(request.body, request.headers["stripe-signature"], books.secret);
  } catch (error) {
    note({ status: 400, error: error.message.includes("tolerance") ? "stale" : "forged" });
    return response.status(400).send(error.message);
  }
  const answer = books.answers.length ? books.answers.shift() : 200;
  const said = { event: event.id, type: event.type, version: event.api_version };
  if (answer >= 300) {
    note({ status: answer, ...said });
    return answer < 400 ? response.redirect(answer, "/elsewhere") : response.status(answer).send("not now");
  }
  await handle(event);
  const status = answer === "done, but 500" ? 500 : 200;
  note({ status, ...said });
  if (answer === "slow") await books.held;
  response.status(status).end();
});

// what tests ask and tell

app.use(express.json({ strict: false }));

app.post("/begin", (request, response) => {
  open(request.body);
  response.status(204).end();
});

app.post("/answer", (request, response) => {
  books.answers = request.body;
  response.status(204).end();
});

app.post("/release", (request, response) => {
  books.release();
  response.status(204).end();
});

// All that is known, once `count` webhooks came; sooner or later in any case.
app.get("/books", async (request, response) => {
  await until(() => books.came.length >= Number(request.query.count || 0));
  response.json({ came: books.came, customers: books.customers, mails: books.mails });
});

app.use((error, request, response, next) => {
  if (error.type === "request.aborted") note({ status: 400, error: "cut" });
  response.status(error.status || 500).send(String(error.message));
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));

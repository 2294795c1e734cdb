// Thin events as an integration on npm's stripe has them: URL KEY, prints as JSON what it made of one.
"use strict";
const http = require("node:http");
const Stripe = require("stripe");

const [, , url, key] = process.argv;
const { hostname, port } = new URL(url);
const stripe = new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });

// The first request that comes to a server of its own: its body and its signature.
function mailbox() {
  let deliver;
  const first = new Promise((resolve) => (deliver = resolve));
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    deliver({ body: Buffer.concat(chunks), signature: request.headers["stripe-signature"] });
  });
  const open = () =>
    new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/`)));
  return { first, open, close: () => server.close() };
}

async function main() {
  const box = mailbox();
  const destination = await stripe.v2.core.eventDestinations.create({
    name: "Receiver",
    type: "webhook_endpoint",
    event_payload: "thin",
    enabled_events: ["v1.customer.created"],
    webhook_endpoint: { url: await box.open() },
    include: ["webhook_endpoint.signing_secret"],
  });
  const customer = await stripe.customers.create({ name: "Ada" });
  const { body, signature } = await box.first;
  box.close();
  const secret = destination.webhook_endpoint.signing_secret;
  const notice = stripe.parseEventNotification(body, signature, secret);
  const about = await notice.fetchRelatedObject();
  const event = await notice.fetchEvent();
  let told_apart;
  try {
    stripe.webhooks.constructEvent(body, signature, secret); // is for snapshot events
  } catch (error) {
    told_apart = error.message.includes("thin event");
  }
  console.log(
    JSON.stringify({
      type: notice.type,
      about: [about.id === customer.id, about.name],
      event: [event.id === notice.id, event.type],
      told_apart,
    })
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

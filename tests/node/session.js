// A backend on npm's stripe: URL KEY, prints as JSON what it saw. Its webhooks come to a server of its own.
"use strict";
const http = require("node:http");
const Stripe = require("stripe");

const [, , url, key] = process.argv;
const { hostname, port } = new URL(url);
const stripe = new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });

// Events that came with a signature that is right, and those who wait for one.
function inbox() {
  const events = [];
  const waiting = [];
  let secret;
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const event = stripe.webhooks.constructEvent(body, request.headers["stripe-signature"], secret);
      events.push({ event, body, signature: request.headers["stripe-signature"] });
      response.end();
      for (const look of [...waiting]) look();
    });
  });
  const one = (type) =>
    new Promise((resolve) => {
      const look = () => {
        const found = events.find((each) => each.event.type === type);
        if (found) resolve(found);
      };
      waiting.push(look);
      look();
    });
  const open = () =>
    new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/`)));
  return { one, open, close: () => server.close(), verifyWith: (its) => (secret = its) };
}

async function refused(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

async function main() {
  const hooks = inbox();
  const endpoint = await stripe.webhookEndpoints.create({ url: await hooks.open(), enabled_events: ["invoice.paid"] });
  hooks.verifyWith(endpoint.secret);

  // a subscription: created, changed, canceled
  const customer = await stripe.customers.create({
    email: "ada@example.com",
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
  });
  const price = await stripe.prices.create({
    currency: "usd",
    unit_amount: 2000,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
  });
  const made = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    expand: ["latest_invoice.payments"],
  });
  const ending = await stripe.subscriptions.update(made.id, { cancel_at_period_end: true });
  const canceled = await stripe.subscriptions.cancel(made.id);

  // lists: a page, and all pages by themselves
  for (let number = 0; number < 5; number++) {
    await stripe.products.create({ name: `Chair ${number}`, metadata: { row: number } });
  }
  const page = await stripe.products.list({ limit: 2 });
  const names = [];
  for await (const product of stripe.products.list({ limit: 2 })) names.push(product.name);

  // the same request twice, and another one with its key
  const once = { idempotencyKey: "the-only-one" };
  const first = await stripe.customers.create({ name: "Bob" }, once);
  const again = await stripe.customers.create({ name: "Bob" }, once);
  const other = await refused(() => stripe.customers.create({ name: "Eve" }, once));

  // errors, by their classes
  const declined = await refused(() =>
    stripe.paymentIntents.create({
      amount: 900,
      currency: "usd",
      payment_method: "pm_card_chargeDeclined",
      confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    })
  );
  const missing = await refused(() => stripe.customers.retrieve("cus_nobody"));
  const nobody = new Stripe("sk_live_real", { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
  const stranger = await refused(() => nobody.balance.retrieve());

  // the webhook, its signature with another secret, and one byte that is another
  const { event, body, signature } = await hooks.one("invoice.paid");
  const forged = await refused(async () => stripe.webhooks.constructEvent(body, signature, "whsec_other"));
  const touched = Buffer.from(body);
  touched[touched.length - 2] ^= 1;
  const changed = await refused(async () => stripe.webhooks.constructEvent(touched, signature, endpoint.secret));
  hooks.close();

  console.log(
    JSON.stringify({
      version: made.lastResponse.apiVersion,
      request: made.lastResponse.requestId.startsWith("req_"),
      status: [made.status, ending.cancel_at_period_end, canceled.status],
      paid: made.latest_invoice.payments.data[0].amount_paid,
      page: [page.data.length, page.has_more],
      names: names.slice(0, 5),
      idempotent: [first.id === again.id, again.lastResponse.headers["idempotent-replayed"], other.type],
      declined: [declined.type, declined.code, declined.decline_code, declined.statusCode],
      missing: [missing.type, missing.code, missing.param],
      stranger: stranger.type,
      event: [event.type, event.api_version, event.data.object.id === made.latest_invoice.id],
      forged: forged.type,
      changed: changed.type,
    })
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

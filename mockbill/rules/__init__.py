"""Pure arithmetic and decisions: money, periods, cards, pricing, proration, dunning; values in, values out."""

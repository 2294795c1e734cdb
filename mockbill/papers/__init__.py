"""What people print and file: invoices, quotes, credit notes and receipts as PDFs.

The only room that imports reportlab: whoever needs a paper imports this package at that moment.
"""

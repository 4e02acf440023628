"""The extracts Passerelle can make, written by hand: a product is added by adding one file and one line."""

from gateway.products import contacts_rdv_insertion, risque_rupture
from gateway.products.control import check_extract
from gateway.products.cutting import cut
from gateway.products.formats import write
from gateway.products.product import Feed, Product

PRODUCTS: dict[str, Product] = {
    product.name: product for product in (contacts_rdv_insertion.PRODUCT, risque_rupture.PRODUCT)
}

__all__ = ["PRODUCTS", "Feed", "Product", "check_extract", "cut", "write"]

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Mandate, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {Agreed} from "./Agreed.sol";
import {Deed} from "./Deed.sol";
import {Rule} from "./Rule.sol";

/// @title Sales paid elsewhere, shared by call, by mandate and by signature
abstract contract Sales is Agreed {
    /// @dev `window` is the period that `spent` belongs to.
    struct MandateBook {
        Mandate mandate;
        uint256 setAt;
        uint256 window;
        uint256 spent;
    }

    bytes32 private constant LEG_TYPEHASH = keccak256("Leg(address account,uint88 share,uint8 kind)");
    bytes32 private constant SALE_TYPEHASH = keccak256(
        "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)"
        "Leg(address account,uint88 share,uint8 kind)"
    );
    bytes32 private constant DISTRIBUTE_TYPEHASH = keccak256(
        "Distribute(Sale sale,uint256 deadline)Leg(address account,uint88 share,uint8 kind)"
        "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)"
    );
    bytes32 private constant MANDATE_TYPEHASH = keccak256(
        "SetMandate(address account,address spender,address token,uint88 perCall,uint88 perPeriod,uint32 period,"
        "uint40 until,uint256 nonce,uint256 deadline)"
    );

    mapping(address account => mapping(address spender => mapping(address token => MandateBook))) internal _mandates;
    mapping(address account => mapping(bytes32 ref => bool)) internal _refs;

    function distribute(uint256 seed) external inTime {
        (Sale memory sale, bool may, uint256 debited) = _sale(seed, false);
        address caller = _roll(seed, 1, 12) == 0 ? ARBITER : sale.account;
        bytes memory call_ = abi.encodeCall(escrow.distribute, (sale));
        if (_do(Deed.Distribute, caller, 0, call_, may && caller == sale.account, true)) _shares(sale, debited);
    }

    function distributeByMandate(uint256 seed) external inTime {
        (Sale memory sale, bool may, uint256 debited) = _sale(seed, true);
        MandateBook storage book = _mandates[sale.account][_operator][sale.token];
        (bool in_, uint256 window) = _window(book);
        uint256 spent = in_ && window == book.window ? book.spent : 0;
        may = may && in_ && debited <= book.mandate.perCall && spent + debited <= book.mandate.perPeriod;
        bytes memory call_ = abi.encodeCall(escrow.distribute, (sale));
        if (!_do(Deed.DistributeByMandate, _operator, 0, call_, may, true)) return;
        (book.window, book.spent) = (window, spent + debited);
        _shares(sale, debited);
    }

    function distributeSigned(uint256 seed) external inTime {
        (Sale memory sale, bool may, uint256 debited) = _sale(seed, false);
        uint256 deadline = _deadline(seed);
        (bytes memory signature, bool good) = _signs(
            _hand(seed, sale.account),
            sale.account,
            keccak256(abi.encode(DISTRIBUTE_TYPEHASH, _hashOf(sale), deadline))
        );
        may = may && good && deadline >= _now;
        bytes memory call_ = abi.encodeCall(escrow.distributeWithSignature, (sale, deadline, signature));
        if (_do(Deed.DistributeSigned, STRANGER, 0, call_, may, true)) _shares(sale, debited);
    }

    /// @dev Mostly wide enough for what is sold, for the operator; by call or by signature.
    function setMandate(uint256 seed) external inTime {
        address token = _tokens[_roll(seed, 0, 2)];
        address account = _holder(seed, token);
        Mandate memory mandate = _mandate(seed);
        bool did;
        if (_roll(seed, 6, 2) == 0) {
            bytes memory call_ = abi.encodeCall(escrow.setMandate, (_operator, token, mandate));
            did = _do(Deed.SetMandate, account, 0, call_, true, true);
        } else {
            did = _setMandateSigned(seed, account, token, mandate);
        }
        if (did) _mandates[account][_operator][token] = MandateBook(mandate, _now, 0, 0);
    }

    function _mandate(uint256 seed) private view returns (Mandate memory mandate) {
        uint256 size = 10 ** (3 + _roll(seed, 1, 15));
        mandate = Mandate(uint88(size), uint88(size + _roll(seed, 2, size)), 0, 0);
        mandate.period = uint32(1 + _roll(seed, 3, 3 days));
        mandate.until = uint40(_now + _roll(seed, 4, 20 days));
        if (_roll(seed, 5, 16) == 0) mandate.perCall = 0;
    }

    function _setMandateSigned(
        uint256 seed,
        address account,
        address token,
        Mandate memory mandate
    ) private returns (bool did) {
        uint256[2] memory said = [_roll(seed, 7, 32), _deadline(seed)];
        (bytes memory signature, bool may) = _signs(
            _hand(seed, account),
            account,
            keccak256(abi.encode(MANDATE_TYPEHASH, account, _operator, token, mandate, said))
        );
        may = may && said[1] >= _now && !_nonces[account][said[0]];
        bytes memory call_ = abi.encodeCall(
            escrow.setMandateWithSignature,
            (account, _operator, token, mandate, said[0], said[1], signature)
        );
        did = _do(Deed.SetMandateSigned, STRANGER, 0, call_, may, true);
        if (did) _nonces[account][said[0]] = true;
    }

    /// @dev A sale that the account's credit can mostly bear, and whether it may be shared.
    function _sale(uint256 seed, bool byMandate) private view returns (Sale memory sale, bool may, uint256 debited) {
        uint256 which = _roll(seed, 0x141, AGREEMENTS);
        if (!_inForce(which)) which = AGREEMENTS - 1 - which;
        sale.token = _agreements[which].token;
        sale.account = byMandate ? _mandator(seed, which) : _holder(seed, sale.token);
        sale.operator = _operator;
        sale.agreement = _agreementBooks[which].id;
        sale.ref = bytes32(_roll(seed, 0x142, 64));
        uint256 credit = _credits[sale.account][sale.token];
        sale.gross = _roll(seed, 0x143, 8) == 0 ? credit * 2 : _roll(seed, 0x144, credit + 2);
        if (byMandate) sale.gross %= uint256(_mandates[sale.account][_operator][sale.token].mandate.perCall) + 2;
        bool fits;
        (sale.legs, fits) = _agreedLegs(seed, sale.gross);
        if (_roll(seed, 0x145, 24) == 0) sale.operator = _people[0];
        uint256[] memory parts = Rule.split(sale.legs, sale.gross);
        for (uint256 i = 0; i < parts.length; ++i) {
            if (Rule.accountOf(sale.legs[i]) != sale.account) debited += parts[i];
        }
        may = fits && _inForce(which) && sale.operator == _operator && !_refs[sale.account][sale.ref];
        if (byMandate) may = may && _isSignatory(which, sale.account);
        may = may && sale.gross > 0 && sale.gross < 2 ** 104 && debited > 0 && debited <= credit;
    }

    /// @dev Somebody whose mandate is good, who has something to share and mostly signed the agreement, where there is one.
    function _mandator(uint256 seed, uint256 which) private view returns (address account) {
        address token = _agreements[which].token;
        bool anybody = _roll(seed, 0x147, 16) == 0;
        uint256 first = _roll(seed, 0x146, PEOPLE);
        for (uint256 step = 0; step < PEOPLE; ++step) {
            account = _people[(first + step) % PEOPLE];
            (bool good, ) = _window(_mandates[account][_operator][token]);
            if (good && _credits[account][token] > 1 && (anybody || _isSignatory(which, account))) return account;
        }
    }

    function _shares(Sale memory sale, uint256 debited) private {
        _refs[sale.account][sale.ref] = true;
        _debit(sale.account, sale.token, debited);
        _flows[sale.token].distributed += debited;
        uint256[] memory parts = Rule.split(sale.legs, sale.gross);
        for (uint256 i = 0; i < parts.length; ++i) {
            address account = Rule.accountOf(sale.legs[i]);
            if (account != sale.account) _credits[account][sale.token] += parts[i];
        }
    }

    /// @dev Whether the mandate is good now, and the number of its period.
    function _window(MandateBook storage book) internal view returns (bool good, uint256 window) {
        if (book.mandate.perCall == 0 || _now >= book.mandate.until) return (false, 0);
        return (true, (_now - book.setAt) / book.mandate.period);
    }

    function _hashOf(Sale memory sale) private pure returns (bytes32) {
        bytes memory legs;
        for (uint256 i = 0; i < sale.legs.length; ++i) {
            uint256 leg = sale.legs[i];
            bytes32 hash = keccak256(
                abi.encode(LEG_TYPEHASH, Rule.accountOf(leg), Rule.shareOf(leg), uint256(uint8(leg)))
            );
            legs = abi.encodePacked(legs, hash);
        }
        bytes memory first = abi.encode(SALE_TYPEHASH, sale.account, sale.operator, sale.token, sale.gross);
        return keccak256(abi.encodePacked(first, abi.encode(sale.agreement, sale.ref, keccak256(legs))));
    }
}
